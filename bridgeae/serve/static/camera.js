// A picture from the camera, which is on only while its panel is open.

import { ask } from "./asking.js";

const $ = id => document.getElementById(id);
let stream = null, number = 0, listening = false;

export async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("This browser gives a page no camera here. Choose a photo instead.");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (error) {
    throw new Error(error.name === "NotAllowedError" ? "The camera was not allowed. Allow it in the browser's address bar, or choose a photo." : "There is no camera to use. Choose a photo instead.");
  }
  $("video").srcObject = stream;
  await $("video").play();
  if (!listening) { listening = true; $("snap").addEventListener("click", snap); }
  $("snap").focus();
}

export function closeCamera() {
  stream?.getTracks().forEach(track => track.stop());
  stream = $("video").srcObject = null;
}

async function snap() {
  const { videoWidth: width, videoHeight: height } = $("video");
  if (!width) return;
  const paper = new OffscreenCanvas(width, height);
  paper.getContext("2d").drawImage($("video"), 0, 0);
  ask([new File([await paper.convertToBlob({ type: "image/jpeg", quality: .95 })], `camera-${++number}.jpg`)]);
}

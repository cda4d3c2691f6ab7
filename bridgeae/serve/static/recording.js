// A sound from the microphone, as a WAV file of one channel at the rate that the model reads.

import { ask, problem } from "./asking.js";

const MAX_SECONDS = 30;
const $ = id => document.getElementById(id);
let parts = null, sound = null, stream = null, number = 0, rate = 16000, listening = false;

export async function openRecording(about) {
  rate = about.rate;
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("This browser gives a page no microphone here. Choose a file instead.");
  if (!listening) { listening = true; $("record").addEventListener("click", () => (parts ? finish() : start())); }
  $("record").focus();
}

export function closeRecording() {
  stream?.getTracks().forEach(track => track.stop());
  sound?.close();
  stream = sound = parts = null;
  label("Record", false);
  $("loudness").value = 0;
}

function label(text, on) { $("record").textContent = text; $("record").setAttribute("aria-pressed", on); }

async function start() {
  problem("");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch (error) {
    problem(error.name === "NotAllowedError" ? "The microphone was not allowed. Allow it in the browser's address bar, or choose a file." : "There is no microphone to use. Choose a file instead.");
    return;
  }
  sound = new AudioContext();
  await sound.audioWorklet.addModule("listener.js");
  const listener = new AudioWorkletNode(sound, "listener");
  parts = [];
  listener.port.onmessage = ({ data }) => {
    if (!parts) return;
    parts.push(data);
    $("loudness").value = Math.min(1, 3 * Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length));
    if (parts.length * data.length > MAX_SECONDS * sound.sampleRate) finish();
  };
  sound.createMediaStreamSource(stream).connect(listener);
  label("Stop", true);
}

async function finish() {
  const heard = parts, from = sound.sampleRate, length = heard.reduce((sum, part) => sum + part.length, 0);
  closeRecording();
  if (!length) { problem("Nothing was heard. Record again."); return; }
  const whole = new OfflineAudioContext(1, Math.ceil(length * rate / from), rate), buffer = whole.createBuffer(1, length, from);
  let at = 0;
  for (const part of heard) { buffer.copyToChannel(part, 0, at); at += part.length; }
  const source = whole.createBufferSource();
  source.buffer = buffer;
  source.connect(whole.destination);
  source.start();
  const made = (await whole.startRendering()).getChannelData(0);
  ask([new File([wav(made)], `recording-${++number}.wav`)]);
}

/** 16-bit PCM in a RIFF file. */
function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length)), word = (at, text) => [...text].forEach((c, k) => view.setUint8(at + k, c.charCodeAt(0)));
  word(0, "RIFF"); view.setUint32(4, 36 + 2 * samples.length, true); word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  word(36, "data"); view.setUint32(40, 2 * samples.length, true);
  samples.forEach((v, k) => view.setInt16(44 + 2 * k, Math.round(32767 * Math.max(-1, Math.min(1, v))), true));
  return view.buffer;
}

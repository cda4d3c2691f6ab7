// A board to draw a digit on. The stroke is light on dark, centred and sized as in MNIST (LeCun et al. 1998).

import { ask } from "./asking.js";

const SIDE = 280, PEN = 22, SHARE = 20 / 28, WAIT = 350;
const $ = id => document.getElementById(id);
let pen = null, last = null, waiting = 0, number = 0;

export function openBoard() {
  const board = $("board");
  if (!pen) {
    pen = board.getContext("2d", { willReadFrequently: true });
    Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#fff", fillStyle: "#fff" });
    board.addEventListener("pointerdown", event => { event.preventDefault(); board.setPointerCapture(event.pointerId); clearTimeout(waiting); last = null; line(event); });
    board.addEventListener("pointermove", event => { if (event.buttons) for (const part of event.getCoalescedEvents?.() || [event]) line(part); });
    board.addEventListener("pointerup", () => { last = null; waiting = setTimeout(send, WAIT); });
    $("clear").addEventListener("click", clear);
  }
}

export function closeBoard() { clearTimeout(waiting); }

function clear() { clearTimeout(waiting); pen.clearRect(0, 0, SIDE, SIDE); last = null; }

function line(event) {
  const box = $("board").getBoundingClientRect(), at = [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
  pen.beginPath(); pen.moveTo(...(last || [at[0] - .01, at[1]])); pen.lineTo(...at); pen.stroke();
  last = at;
}

/** The drawing as a file: its box scaled to 20 of 28 parts of the side, its centre of mass in the middle. */
async function send() {
  const alpha = pen.getImageData(0, 0, SIDE, SIDE).data;
  let left = SIDE, top = SIDE, right = 0, bottom = 0, mass = 0, x = 0, y = 0;
  for (let k = 0; k < SIDE * SIDE; k++) {
    const a = alpha[4 * k + 3];
    if (!a) continue;
    const column = k % SIDE, row = Math.floor(k / SIDE);
    left = Math.min(left, column); right = Math.max(right, column); top = Math.min(top, row); bottom = Math.max(bottom, row);
    mass += a; x += a * column; y += a * row;
  }
  if (!mass) return;
  const scale = SIDE * SHARE / Math.max(right - left + 1, bottom - top + 1, 40);
  const paper = new OffscreenCanvas(SIDE, SIDE), context = paper.getContext("2d");
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingQuality = "high";
  context.setTransform(scale, 0, 0, scale, SIDE / 2 - scale * x / mass, SIDE / 2 - scale * y / mass);
  context.drawImage($("board"), 0, 0);
  ask([new File([await paper.convertToBlob({ type: "image/png" })], `drawing-${++number}.png`)]);
}

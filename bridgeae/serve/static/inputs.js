// The ways to ask: files by choice, drop or paste, and what the model's adapter declares beside them.

import { ask, problem } from "./asking.js";
import { closeBoard, openBoard } from "./drawing.js";
import { closeCamera, openCamera } from "./camera.js";
import { closeRecording, openRecording } from "./recording.js";
import { html } from "./picture.js";

const $ = id => document.getElementById(id);
const WAYS = {
  drawing: { text: "Draw", open: openBoard, close: closeBoard },
  camera: { text: "Use the camera", open: openCamera, close: closeCamera },
  recording: { text: "Record", open: openRecording, close: closeRecording },
  text: { text: "Paste text", open: () => $("pasted").focus(), close: () => {} },
};

/** Offer the ways that the model's adapter declares. */
function offer(about) {
  const endings = about.suffixes.join(", "), ways = about.inputs.filter(way => WAYS[way]);
  $("drop-text").textContent = `Drop or paste ${about.noun} here.`;
  $("endings").textContent = endings ? `Readable are ${endings}.` : "";
  $("file").accept = about.suffixes.join(",");
  $("ways").replaceChildren(...ways.map(way => {
    const button = html("button", { type: "button", id: `way-${way}`, textContent: WAYS[way].text });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", way);
    button.addEventListener("click", () => toggle(way, ways, about));
    return button;
  }));
  if (ways[0] === "drawing") toggle("drawing", ways, about);
}

async function toggle(way, ways, about) {
  const opens = $(way).hidden;
  problem("");
  for (const other of ways) if (!$(other).hidden) { WAYS[other].close(); show(other, false); }
  if (!opens) return;
  show(way, true);
  try {
    await WAYS[way].open(about);
  } catch (error) {
    show(way, false);
    problem(error.message);
  }
}

function show(way, open) { $(way).hidden = !open; $(`way-${way}`).setAttribute("aria-expanded", open); }

/** Listen for files, drops and pastes. */
export function listen(about) {
  offer(about);
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => { ask($("file").files); $("file").value = ""; });
  let depth = 0;
  const over = on => $("drop").classList.toggle("over", on);
  addEventListener("dragenter", event => { event.preventDefault(); over(++depth > 0); });
  addEventListener("dragleave", () => over(--depth > 0));
  addEventListener("dragover", event => event.preventDefault());
  addEventListener("drop", async event => { event.preventDefault(); depth = 0; over(false); const files = await dropped(event.dataTransfer); if (files.length) ask(files); });
  addEventListener("paste", event => {
    const files = [...event.clipboardData.files];
    if (files.length) { event.preventDefault(); ask(files); return; }
    const text = event.clipboardData.getData("text");
    if (text && about.inputs.includes("text") && event.target !== $("pasted")) { event.preventDefault(); ask([textFile(text, about)]); }
  });
  $("read").addEventListener("click", () => {
    const text = $("pasted").value;
    if (text.trim()) ask([textFile(text, about)]); else problem("There is no text to read.");
  });
  if (about.inputs.includes("text")) $("pasted-label").textContent = `Text of a ${about.suffixes[0] || "text"} file`;
}

const textFile = (text, about) => new File([text], `pasted${about.suffixes[0] || ".txt"}`);

/** The files that were dropped, with those in dropped folders. */
async function dropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some(entry => entry.isDirectory)) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) { found.push(await new Promise((resolve, reject) => entry.file(resolve, reject))); return; }
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return;
    for (const inner of part) if (!inner.name.startsWith(".")) await walk(inner, found);
  }
}

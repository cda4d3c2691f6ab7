// What is asked, one file after another, and which answer is shown.

import * as engine from "./engine.js";
import { sentence, showDocument, showResult, top } from "./result.js";
import { shown, html } from "./picture.js";

const MAX_FILES = 48, MAX_KEPT = 60;
const $ = id => document.getElementById(id);
const asked = [];       // what was answered: {file, sample, notes} or {file, document, name}
const queue = [];
let about = null, chosen = null, working = false, seed = 0;

/** Let answers be shown as the model's page is made. */
export function listen(described) {
  about = described;
  $("again").addEventListener("click", drawAgain);
}

/** Show a line that says what went wrong, or none. */
export function problem(line) {
  $("problem").textContent = line || "";
  $("problem").hidden = !line;
}

/** Read files, one after another, and show what the model says of each. */
export function ask(files) {
  problem("");
  const few = [...files].slice(0, MAX_FILES);
  if (few.length < files.length) problem(`${files.length} files were given. The first ${MAX_FILES} are read.`);
  queue.push(...few);
  if (!working) work();
}

async function work() {
  working = true;
  document.body.classList.add("busy");
  while (queue.length) {
    const file = queue.shift(), rest = queue.length ? `, ${queue.length} more` : "";
    $("status").textContent = `Reading ${file.name}${rest} …`;
    try {
      if (file.size > engine.limit) throw new Error(`${file.name} has ${Math.round(file.size / 2 ** 20)} MB, more than ${engine.limit / 2 ** 20} MB. Choose a smaller file.`);
      if (!file.size) throw new Error(`${file.name} is empty. Choose another file.`);
      keep(file, await engine.answer(file, seed));
    } catch (error) {
      problem(error.message);
      $("status").textContent = chosen ? "" : "There is no answer.";
    }
  }
  document.body.classList.remove("busy");
  working = false;
}

function keep(file, said) {
  const entries = said.document ? [{ file, document: said.document, name: file.name }] : said.samples.map(sample => ({ file, sample, notes: said.notes }));
  asked.push(...entries);
  asked.splice(0, Math.max(0, asked.length - MAX_KEPT));
  choose(entries[0]);
  if ($("drawing").hidden && $("answer").getBoundingClientRect().top > innerHeight / 2) $("answer").scrollIntoView();  // on a phone
}

function choose(entry) {
  chosen = entry;
  list();
  if (entry.document) {
    $("status").textContent = `${entry.name} was read.`;
    showDocument(entry.document);
  } else {
    $("status").textContent = sentence(entry.sample);
    showResult(entry.sample, entry.notes, about).catch(error => problem(error.message));
  }
}

/** List what was asked, where there is more than one. */
function list() {
  const buttons = asked.map(entry => {
    const button = html("button", { type: "button" }), best = entry.sample && top(entry.sample.classes)[0];
    button.append(entry.sample?.read.src ? html("div", { className: "picture" }, shown(entry.sample.read, "")) : entry.name || entry.sample.name);
    if (best) button.dataset.mark = best.name.slice(0, 6);
    button.classList.toggle("doubt", entry.sample?.trust.trusted === false);
    button.setAttribute("aria-pressed", entry === chosen);
    button.setAttribute("aria-label", entry.sample ? sentence(entry.sample) : entry.name);
    button.addEventListener("click", () => { const k = asked.indexOf(entry); choose(entry); $("asked").children[k].focus(); });
    return button;
  });
  $("asked").replaceChildren(...(asked.length > 1 ? buttons : []));
}

async function drawAgain() {
  if (!chosen?.sample || working) return;
  const entry = chosen, place = asked.filter(other => other.file === entry.file).indexOf(entry);
  seed = (seed + 1) % 2 ** 32;
  try {
    const said = await engine.answer(entry.file, seed);
    Object.assign(entry, { sample: said.samples[place] || entry.sample });
    if (entry === chosen) choose(entry);
  } catch (error) {
    problem(error.message);
  }
}

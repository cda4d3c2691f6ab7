// Shows what the model says of one sample.

import { html, isTable, shown, svg, table } from "./picture.js";
import { showMap } from "./map.js";

const MAX_CLASSES = 12, BROAD = 2, SURE = .9;
const $ = id => document.getElementById(id);
const percent = p => (p > 0 && p < .01 ? "< 1 %" : `${Math.round(100 * p)} %`);

/** A sentence on a sample for the status line. */
export function sentence(sample) {
  const best = top(sample.classes)[0];
  const said = best ? `${sample.name}: ${best.name}, ${percent(best.p)}.` : `${sample.name} was read.`;
  return said + (sample.trust.trusted === false ? " Not to be trusted." : "");
}

export const top = classes => [...classes].sort((a, b) => b.p - a.p);

/** Show the answer to a sample, with the notes on its file. */
export function showResult(sample, notes, about) {
  const broad = about.answer_aspect > BROAD || Boolean(sample.answer.values && !sample.answer.names?.length);
  $("document").hidden = true;
  $("result").hidden = false;
  document.querySelector(".pair").classList.toggle("broad", broad);
  document.querySelector(".atlas").classList.toggle("broad", broad);
  $("read-picture").replaceChildren(shown(sample.read, `${sample.name} as the model reads it`));
  $("answer-picture").replaceChildren(shown(sample.answer, "The answer"));
  trust(sample.trust);
  file(sample.file);
  $("notes").replaceChildren(...notes.map(note => html("li", { textContent: note })));
  classes(sample.classes);
  $("draws-part").hidden = !sample.draws.length;
  const together = isTable(sample.draws[0]);
  $("draws").classList.toggle("broad", broad || together);
  const each = (draw, k) => html("div", { className: "picture" }, shown(draw, `Draw ${k + 1}`));
  $("draws").replaceChildren(...(together ? [html("div", { className: "wide" }, table(sample.draws, "The draws, a column each"))] : sample.draws.map(each)));
  return showMap(sample);
}

/** Show an answer that is a page of its own. */
export function showDocument(path) {
  $("result").hidden = true;
  $("document").hidden = false;
  $("document").src = path;
}

function trust({ trusted, confidence, why }) {
  const sure = trusted && confidence >= SURE;
  const verdict = trusted === null ? "Not known" : sure ? "To be trusted" : trusted ? "Probably right" : "Not to be trusted";
  $("trust").className = `trust ${trusted === null ? "" : sure ? "good" : trusted ? "doubt" : "bad"}`;
  $("verdict").textContent = confidence === null ? verdict : `${verdict}, ${percent(confidence)}`;
  $("why").textContent = why;
}

function file(answer) {
  const parts = [];
  if (answer?.src.startsWith("data:audio/")) {
    const player = html("audio", { controls: true, src: answer.src });
    player.setAttribute("aria-label", "The answer");
    parts.push(player);
  }
  if (answer) parts.push(html("a", { href: answer.src, download: answer.name, textContent: `Save ${answer.name}` }));
  $("answer-file").replaceChildren(...parts);
}

function classes(all) {
  const best = top(all)[0], few = all.length > MAX_CLASSES ? top(all).slice(0, MAX_CLASSES) : all;
  $("classes-part").hidden = !all.length;
  $("classes").replaceChildren(...few.map(({ name, p }) => {
    const bar = svg("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width: 100 * p, height: 1 }));
    return html("li", { className: name === best.name ? "chosen" : "" }, html("span", { textContent: name }), html("i", {}, bar), html("span", { textContent: percent(p) }));
  }));
}

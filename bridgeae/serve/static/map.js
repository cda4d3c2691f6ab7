// The map of the target's latents: known ones, the answer, its draws, and a point to move.

import * as engine from "./engine.js";
import { Plane } from "./plane.js";
import { shown, svg } from "./picture.js";

const SIZE = 400, STEP = .04, SNAP = .012;
const BRIEF = 3;        // letters of a class that is written where its latents lie
const $ = id => document.getElementById(id);
let fixed = null;       // the cloud that is the same for every answer
let plane = null, at = [0, 0], sample = null, pending = null, asked = 0;

const toX = v => SIZE / 2 * (1 + v / plane.range), toY = v => SIZE / 2 * (1 - v / plane.range);

/** Show the map of a sample's answer, or hide it where a latent is too long for one. */
export async function showMap(chosen) {
  const turn = ++asked;
  sample = chosen;
  $("map-part").hidden = !chosen.latent || !chosen.source_latent;
  if ($("map-part").hidden) return;
  const cloud = fixed || await engine.cloud(chosen.source_latent);
  if (turn !== asked) return;
  if (cloud.fixed && !fixed) { fixed = cloud; fixed.plane = new Plane(cloud.latents, cloud.labels); }
  plane = cloud.plane || new Plane(cloud.latents, cloud.labels, [chosen.latent]);
  paint();
  home();
}

function home() { at = plane.place(sample.latent); $("moved-text").textContent = "at the answer"; move(at, true); }

function paint() {
  const names = plane.labels ? [...new Set(plane.labels)].sort() : [], brief = names.every(name => name.length <= BRIEF);
  const picture = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" });
  plane.points.forEach((p, k) => {
    const colour = names.length ? names.indexOf(plane.labels[k]) % 10 : 6;
    const text = brief && names.length ? svg("text", { x: toX(p[0]), y: toY(p[1]), class: `k${colour}` }, plane.labels[k]) : null;
    picture.append(text || svg("circle", { cx: toX(p[0]), cy: toY(p[1]), r: 3, class: `k${colour}` }));
  });
  if (!brief) names.slice(0, 10).forEach((name, k) => picture.append(svg("text", { x: 8, y: 16 + 16 * k, class: `legend k${k}` }, name)));
  for (const z of sample.draw_latents || []) { const p = plane.place(z); picture.append(svg("circle", { class: "draw", cx: toX(p[0]), cy: toY(p[1]), r: 8 })); }
  picture.append(svg("circle", { class: "cross", id: "point", r: 9 }));
  $("map").replaceChildren(picture);
}

function move(place, isAnswer = false) {
  const edge = plane.range * .98;
  at = place.map(v => Math.max(-edge, Math.min(edge, v)));
  $("point").setAttribute("cx", toX(at[0])); $("point").setAttribute("cy", toY(at[1]));
  const [right, up] = at.map(v => Math.round(100 * v / plane.range));
  $("map").setAttribute("aria-valuenow", right);
  $("map").setAttribute("aria-valuetext", isAnswer ? "at the answer" : `${right} to the right, ${up} up, near ${near()}`);
  if (isAnswer) { pending = null; $("moved").replaceChildren(shown(sample.answer, "The answer")); return; }
  $("moved-text").textContent = plane.labels ? `near ${near()}` : "at the point";
  const idle = pending === null;
  pending = at;
  if (idle) decodeLatest();
}

function near() {
  const far = plane.points.map(p => (p[0] - at[0]) ** 2 + (p[1] - at[1]) ** 2);
  const k = far.indexOf(Math.min(...far));
  return plane.labels ? plane.labels[k] : "known latents";
}

/** Decode the newest place until it has not moved meanwhile; one request at a time. */
async function decodeLatest() {
  while (pending) {
    const place = pending, of = sample;
    const home = plane.place(of.latent), close = Math.hypot(place[0] - home[0], place[1] - home[1]) < SNAP * plane.range;
    const z = close ? of.latent : plane.latent(place, [of.latent]);
    try {
      const picture = await engine.decode(z);
      if (of === sample && pending) $("moved").replaceChildren(shown(picture, "What the decoder answers at the point"));
    } catch (error) {
      $("moved-text").textContent = error.message;
      pending = null;
      return;
    }
    if (pending === place) pending = null;
  }
}

function toPlace(event) {
  const box = $("map").getBoundingClientRect();
  return [(2 * (event.clientX - box.left) / box.width - 1) * plane.range, (1 - 2 * (event.clientY - box.top) / box.height) * plane.range];
}

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Let the point be moved, by pointer and by keys. */
export function listen() {
  const map = $("map");
  map.addEventListener("pointerdown", event => { if (plane) { map.setPointerCapture(event.pointerId); map.focus(); move(toPlace(event)); event.preventDefault(); } });
  map.addEventListener("pointermove", event => { if (plane && event.buttons) move(toPlace(event)); });
  map.addEventListener("keydown", event => {
    const by = arrows[event.key];
    if (event.key === "Home" && plane) home();
    else if (by && plane) move(at.map((v, k) => v + by[k] * STEP * plane.range * (event.shiftKey ? 3 : 1)));
    else return;
    event.preventDefault();
  });
  $("home").addEventListener("click", () => { if (plane) home(); });
}

// Runs the model in this browser on ONNX Runtime Web, in the place of a server; with the same functions as the page's
// engine.js that asks one.

import { adapter as sourceAdapter, suffixes } from "./source/adapter.js";
import { adapter as targetAdapter } from "./target/adapter.js";
import { Bridge } from "./bridge.js";

let loaded = null;

/** The model, fetched once. */
function load() {
  loaded ||= (async () => {
    const response = await fetch("model.json");
    if (!response.ok) throw new Error("model.json is missing. Serve the whole folder that export-web wrote.");
    const model = await response.json();
    return { model, bridge: await Bridge.load(model), reads: sourceAdapter(model.source.adapter), makes: targetAdapter(model.target.adapter) };
  })();
  return loaded;
}

export const limit = 64 * 2 ** 20;

export async function about() {
  const { model } = await load();
  return { ...model.about, suffixes };
}

export async function answer(file, seed) {
  const { bridge, reads, makes } = await load();
  if (!suffixes.some(suffix => file.name.toLowerCase().endsWith(suffix))) throw new Error(`${file.name} is no file that this page reads. It has to end in ${suffixes.join(", ")}.`);
  const { x, notes } = await reads.read(file), said = await bridge.read(x, reads.views(x), seed);
  const show = rows => rows.map(row => makes.picture(row));
  const sample = { name: file.name, read: reads.picture(x), answer: makes.picture(said.fixed), draws: show(said.draws), file: null };
  return { notes, samples: [{ ...sample, classes: said.classes, trust: said.trust, source_latent: said.z, latent: said.latent, draw_latents: said.drawLatents }] };
}

export async function decode(z) {
  const { bridge, makes } = await load();
  return makes.picture((await bridge.decode([Float32Array.from(z)]))[0]);
}

export async function cloud(z) {
  const { bridge, model } = await load();
  return model.cloud || bridge.neighbours(Float32Array.from(z));
}

// A bridge: encoder, linker, decoder and class heads, as bridgeae runs them. A row is a Float32Array, of a sample or latent.

import * as ort from "./ort.wasm.min.mjs";
import { makeLinker } from "./linkers.js";
import { argmax, dot, normal, softmax } from "./numbers.js";

const DRAWS = 8, MAX_REDRAWS = 8, MIN_AGREEMENT = .97, DISTANCE_POWER = 4, NEIGHBOURS = 96, SPREAD = .5;

export class Bridge {
  static async load(model) {
    ort.env.wasm.numThreads = 1;  // several need headers that a static host may not send
    const made = new Bridge();
    const sessions = await Promise.all(model.networks.map(async name => [name, await ort.InferenceSession.create(`${name}.onnx`)]));
    Object.assign(made, { model, sessions: new Map(sessions), shapes: model.shapes });
    made.linker = makeLinker(model.linker, (name, inputs) => made.run(name, inputs));
    return made;
  }

  /** The first output of a network for rows, one list of rows an input. */
  async run(name, inputs) {
    const session = this.sessions.get(name), shapes = this.shapes[name], feeds = {};
    session.inputNames.forEach((input, k) => {
      const rows = inputs[k], length = rows[0].length, data = new Float32Array(rows.length * length);
      rows.forEach((row, n) => data.set(row, n * length));
      feeds[input] = new ort.Tensor("float32", data, [rows.length, ...shapes[k]]);
    });
    const { data } = (await session.run(feeds))[session.outputNames[0]], size = data.length / inputs[0].length;
    return inputs[0].map((_, n) => data.slice(n * size, (n + 1) * size));
  }

  /** What encoders return, before a variational side's mean. */
  async encoded(side, rows) { return this.run(`${side}-encoder`, [rows]); }
  async latents(side, rows) { return this.sessions.has(`${side}-latent`) ? this.run(`${side}-latent`, [rows]) : rows; }
  async decode(rows) { return this.run("target-decoder", [rows]); }

  /** All that is said of a sample and its views: latents, classes, trust, the fixed answer and draws. */
  async read(x, views, seed) {
    const { source } = this.model, rows = await this.encoded("source", source.classes ? views : [x]);
    const h = Float32Array.from(rows[0], (_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
    const [z] = await this.latents("source", [h]);
    const p = source.classes ? softmax((await this.run("source-head", [[source.reads_latents ? z : h]]))[0]) : null;
    const [latent] = await this.linker.predict([z]), [fixed] = await this.decode([latent]);
    const { draws, drawLatents } = this.linker.samples ? await this.draw(z, seed) : { draws: [], drawLatents: [] };
    const classes = p ? source.classes.map((name, k) => ({ name, p: p[k] })) : [];
    return { z: Array.from(z), latent: Array.from(latent), fixed, classes, trust: this.trust(z, p), draws, drawLatents };
  }

  /** Draws of a source latent; those that do not look like their class are drawn again. */
  async draw(z, seed) {
    const random = normal(seed), made = [];
    let open = Array.from({ length: DRAWS }, (_, k) => k);
    for (let round = 0; round <= MAX_REDRAWS && open.length; round++) {
      const samples = await this.decode(await this.linker.sample(open.map(() => z), random));
      const latents = await this.latents("target", await this.encoded("target", samples));
      open.forEach((k, n) => {
        const agreement = this.linker.agreement(z, latents[n]);
        if (!made[k] || agreement > made[k].agreement) made[k] = { sample: samples[n], latent: Array.from(latents[n]), agreement };
      });
      open = open.filter(k => made[k].agreement < MIN_AGREEMENT);
    }
    return { draws: made.map(draw => draw.sample), drawLatents: made.map(draw => draw.latent) };
  }

  /** Whether the answer can be trusted, and why, in the words of bridgeae.serve.trust. */
  trust(z, p) {
    const { confidence, source, words } = this.model;
    if (!p) return { trusted: null, confidence: null, why: words.no_classes };
    if (!confidence) return { trusted: null, confidence: null, why: words.not_calibrated };
    const columns = confidence.whiten[0].map((_, j) => confidence.whiten.map(row => row[j]));
    const far = Math.min(...confidence.means.map(mean => { const gap = mean.map((m, k) => z[k] - m); return Math.sqrt(columns.reduce((sum, column) => sum + dot(gap, column) ** 2, 0)); }));
    const certain = Math.max(...softmax(p.map(v => Math.log(v + 1e-12)), confidence.temperature));
    const score = Math.min(1, confidence.typical / Math.max(far, 1e-12)) ** DISTANCE_POWER * certain;
    if (score >= words.sure_from) return { trusted: true, confidence: score, why: words.trusted };
    const times = far / confidence.typical, first = argmax(p), second = argmax(p.map((v, k) => (k === first ? -1 : v)));
    const why = [];
    if (times > 1) why.push(words.unlike.replace("{how}", times < 1.1 ? "a little" : `${times.toFixed(1)} times`));
    if (p[first] < words.clear_from) why.push(words.between.replace("{two}", [first, second].map(k => `${source.classes[k]} (${Math.round(100 * p[k])}%)`).join(" and ")));
    return { trusted: score >= words.trusted_from, confidence: score, why: why.join(" ") || words.less_sure };
  }

  /** What the neighbours of a source latent become: a draw each where the linker samples. */
  async neighbours(z) {
    const random = normal(0), mean = z.reduce((a, b) => a + b, 0) / z.length;
    const spread = SPREAD * Math.sqrt(z.reduce((sum, v) => sum + (v - mean) ** 2, 0) / z.length) + 1e-6;
    const rows = Array.from({ length: NEIGHBOURS }, () => z.map(v => v + spread * random()));
    const latents = await (this.linker.samples ? this.linker.sample(rows, random) : this.linker.predict(rows));
    return { latents: latents.map(row => Array.from(row)), labels: null, fixed: false };
  }
}

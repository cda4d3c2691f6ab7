// The linkers of bridgeae that a page can run: ridge, network and flow.

import { affine, argmax, dot, softmax } from "./numbers.js";

const FREQUENCIES = [1, 2, 4, 8, 16, 32], STEPS = 16;

/** The linker of a model: `predict(z)` for rows of source latents and, where it draws, `sample` and `agreement`. */
export function makeLinker(constants, run) {
  return { ridge: ridge, network: network, flow: flow }[constants.kind](constants, run);
}

const ridge = ({ coef, intercept }) => ({ samples: false, predict: async rows => rows.map(z => affine(z, coef, intercept)) });

const network = (_, run) => ({ samples: false, predict: rows => run("linker-network", [rows]) });

function flow(constants, run) {
  const { mean, scale, condition } = constants, known = condition.kind === "class" ? classCondition(condition) : latentCondition(condition);
  const time = t => Float32Array.from([t, ...FREQUENCIES.map(f => Math.sin(t * Math.PI * f)), ...FREQUENCIES.map(f => Math.cos(t * Math.PI * f))]);

  /** Follow the flow from noise to latents by the midpoint rule. */
  async function follow(noise, given) {
    let x = noise, step = 1 / STEPS;
    const velocity = (at, t) => run("linker-network", [at, at.map(() => time(t)), given]);
    const moved = (v, by) => x.map((row, n) => row.map((value, k) => value + by * v[n][k]));
    for (let k = 0; k < STEPS; k++) {
      const middle = moved(await velocity(x, k * step), step / 2);
      x = moved(await velocity(middle, (k + .5) * step), step);
    }
    return x.map((row, n) => known.fromFlow(row, given[n]).map((v, k) => v * scale[k] + mean[k]));
  }
  return {
    samples: true,
    predict: rows => follow(rows.map(() => new Float32Array(mean.length)), rows.map(known.given)),
    sample: (rows, normal) => follow(rows.map(() => Float32Array.from(mean, () => known.noise * normal())), rows.map(known.given)),
    agreement: known.agreement,
  };
}

function latentCondition({ mean, scale }) {
  return { noise: 1, given: z => z.map((v, k) => (v - mean[k]) / scale[k]), fromFlow: x => x, agreement: () => 1 };
}

function classCondition({ noise, reader, critic, frames }) {
  const head = ({ weights, bias }, z) => softmax(affine(z, weights, bias)), read = z => argmax(head(reader, z));
  return {
    noise,
    given: z => { const one = new Float32Array(reader.classes.length); one[read(z)] = 1; return one; },
    fromFlow: (x, given) => x.map((v, k) => v * dot(given, frames[1].map(row => row[k])) + dot(given, frames[0].map(row => row[k]))),
    agreement: (z, drawn) => head(critic, drawn)[critic.classes.indexOf(reader.classes[read(z)])],
  };
}

// Numbers that a bridge needs: rows, softmax, and random ones that a seed decides.

export const dot = (a, b) => { let sum = 0; for (let k = 0; k < a.length; k++) sum += a[k] * b[k]; return sum; };

/** The probabilities of logits at a temperature. */
export function softmax(logits, temperature = 1) {
  const most = Math.max(...logits), all = Array.from(logits, v => Math.exp((v - most) / temperature)), sum = all.reduce((a, b) => a + b, 0);
  return all.map(v => v / sum);
}

/** `row @ matrix + bias` for a matrix given as its rows. */
export function affine(row, matrix, bias) {
  const made = Float64Array.from(bias);
  matrix.forEach((weights, k) => { for (let j = 0; j < made.length; j++) made[j] += row[k] * weights[j]; });
  return Float32Array.from(made);
}

export const argmax = values => values.indexOf(Math.max(...values));

/** Standard normal numbers: mulberry32, then Box and Muller (1958). */
export function normal(seed) {
  let state = (seed + 0x9e3779b9) >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

// The plane of the map: two directions of the latents, and the way back from a place to a latent.

const ROUNDS = 60;

const dot = (a, b) => a.reduce((sum, v, k) => sum + v * b[k], 0);
const mean = rows => rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
const minus = (a, b) => a.map((v, k) => v - b[k]);

/** The directions of most variance of rows, by power iteration; a direction that is not there is zero. */
function directions(rows, count) {
  const found = [];
  for (let n = 0; n < count; n++) {
    let v = rows[0].map((_, k) => Math.sin(1 + k * (n + 1.618)));
    for (let round = 0; round < ROUNDS; round++) {
      const next = new Array(v.length).fill(0);
      for (const row of rows) { const s = dot(row, v); for (let k = 0; k < next.length; k++) next[k] += s * row[k]; }
      for (const known of found) { const s = dot(next, known); for (let k = 0; k < next.length; k++) next[k] -= s * known[k]; }
      const size = Math.sqrt(dot(next, next));
      if (size < 1e-9) { v = v.map(() => 0); break; }
      v = next.map(value => value / size);
    }
    found.push(v);
  }
  return found;
}

/** A plane through latents: of the means of their classes where there are three or more, else of all of them. */
export class Plane {
  constructor(latents, labels, inside = []) {  // latents that the plane shows too, without a label
    this.latents = latents; this.labels = labels;
    this.centre = mean(latents);
    const names = labels ? [...new Set(labels)] : [];
    const means = names.map(name => mean(latents.filter((_, k) => labels[k] === name)));
    const rows = (names.length > 2 ? means : latents).map(z => minus(z, this.centre));
    this.axes = directions(rows, 2);
    this.points = latents.map(z => this.place(z));
    const seen = [...this.points, ...inside.map(z => this.place(z))];
    const spread = [0, 1].map(k => Math.max(...seen.map(p => Math.abs(p[k]))));
    this.range = 1.15 * Math.max(...spread, 1e-6);
    this.width = .09 * this.range;  // how far a known latent shapes what lies between
  }

  /** Where a latent lies. */
  place(z) { const gap = minus(z, this.centre); return this.axes.map(axis => dot(gap, axis)); }

  /** The latent at a place: the plane's, and the mean of what known latents near it have beyond the plane. */
  latent(at, anchors = []) {
    const known = [...this.latents, ...anchors], places = [...this.points, ...anchors.map(z => this.place(z))];
    const far = places.map(p => (p[0] - at[0]) ** 2 + (p[1] - at[1]) ** 2), nearest = Math.min(...far);
    const weights = far.map(d => Math.exp(-(d - nearest) / (2 * this.width ** 2))), sum = weights.reduce((a, b) => a + b);
    const made = new Array(this.centre.length).fill(0), shift = [at[0], at[1]];
    known.forEach((z, n) => {
      const w = weights[n] / sum;
      if (w < 1e-4) return;
      for (let k = 0; k < made.length; k++) made[k] += w * z[k];
      shift[0] -= w * places[n][0]; shift[1] -= w * places[n][1];
    });
    return made.map((v, k) => v + shift[0] * this.axes[0][k] + shift[1] * this.axes[1][k]);
  }
}

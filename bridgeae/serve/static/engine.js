// Asks the server that this page came from. A page without one brings an engine.js of its own with the same functions.

async function read(response) {
  let body = {};
  try { body = await response.json(); } catch { /* no JSON: the server has gone */ }
  if (!response.ok) throw new Error(body.error || "The answer could not be read. Is the command still running?");
  return body;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("Nothing answers. Start the command again, and open the address that it prints.");
  }
  return read(response);
}

const numbers = z => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ z }) });

/** What the page is made of. */
export const about = () => ask("about");

/** What the model says of a file, as {samples, notes} or {document}. */
export function answer(file, seed) {
  const headers = { "Content-Type": "application/octet-stream", "X-Name": encodeURIComponent(file.name), "X-Seed": String(seed) };
  return ask("answer", { method: "POST", headers, body: file });
}

/** The picture of a target latent. */
export const decode = z => ask("decode", numbers(z));

/** Target latents, with labels, for the map around a source latent. */
export const cloud = z => ask("cloud", numbers(z));

/** Most bytes of a file. */
export const limit = 64 * 2 ** 20;

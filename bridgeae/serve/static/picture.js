// Shows one sample: a picture, a curve of its values, or a table of named ones.

const SVG = "http://www.w3.org/2000/svg";
const MAX_ROWS = 16;

/** An SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An HTML element with properties and children. */
export function html(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** The element that shows a sample; `text` says what it is to those who do not see it. */
export function shown(picture, text) {
  if (picture.src) return html("img", { src: picture.src, alt: text });
  if (isTable(picture)) return table([picture], text);
  return curve(picture.values, text);
}

/** Whether a sample is shown as a table of named values. */
export const isTable = picture => Boolean(picture?.names?.length && picture.names.length <= MAX_ROWS);

/** A table with a row a name and a column a sample. */
export function table(pictures, text) {
  const cells = k => pictures.map(({ values }) => html("td", { textContent: shortly(values[k]) }));
  const rows = pictures[0].names.map((name, k) => html("tr", {}, html("th", { scope: "row", textContent: name }), ...cells(k)));
  const element = html("table", { className: "values" }, html("tbody", {}, ...rows));
  element.setAttribute("aria-label", text);
  return element;
}

function curve(values, text) {
  const low = Math.min(0, ...values), high = Math.max(0, ...values), range = high - low || 1;
  const x = k => (values.length > 1 ? 100 * k / (values.length - 1) : 50), y = v => 38 - 36 * (v - low) / range;
  const element = svg("svg", { viewBox: "0 0 100 40", role: "img", "aria-label": `${text}: ${values.length} values from ${shortly(low)} to ${shortly(high)}` });
  element.append(svg("line", { class: "zero", x1: 0, x2: 100, y1: y(0), y2: y(0) }));
  element.append(svg("polyline", { class: "line", points: values.map((v, k) => `${x(k).toFixed(2)},${y(v).toFixed(2)}`).join(" ") }));
  return element;
}

/** A number in a few digits. */
export const shortly = value => (value === 0 || (Math.abs(value) >= .001 && Math.abs(value) < 1e6) ? String(+value.toPrecision(4)) : value.toExponential(2));

"use strict";
// The page works without this script: it adds the filter of answers, pictures at the points of maps, and the place in the contents.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

for (const filter of all(".filter")) {
  const pairs = all(".pair", filter.parentElement), [wrong, chosen] = all("input, select", filter), count = filter.querySelector("output");
  for (const name of new Set(pairs.map(pair => pair.dataset.class).filter(Boolean))) chosen.add(new Option(name, name));
  const show = () => {
    for (const pair of pairs)
      pair.hidden = (wrong.checked && !pair.classList.contains("wrong")) || (chosen.value && pair.dataset.class !== chosen.value);
    count.value = `${pairs.filter(pair => !pair.hidden).length} of ${pairs.length} shown`;
  };
  filter.addEventListener("input", show);
  filter.hidden = false;
  show();
}

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);
const showTip = event => {
  const point = event.target.closest?.("[data-point]");
  tip.hidden = !point;
  if (!point) return;
  const [layer, number] = point.dataset.point.split(" "), sheet = document.getElementById("sheet-" + layer);
  tip.textContent = point.querySelector("title").textContent;
  if (sheet) {
    const cut = document.createElement("i"), {width, height} = sheet.dataset;
    cut.style = `width:${width}px; height:${height}px; background:url(${sheet.src}) -${width * (number % 10)}px -${height * Math.floor(number / 10)}px`;
    tip.prepend(cut);
  }
  const box = point.getBoundingClientRect(), room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = Math.max(8, Math.min(box.left + 12, room)) + "px";
  tip.style.top = Math.max(8, box.top - tip.offsetHeight - 8) + "px";
};
for (const map of all(".maps")) for (const kind of ["pointerover", "pointerdown"]) map.addEventListener(kind, showTip);
addEventListener("scroll", () => { tip.hidden = true; }, {passive: true});

const links = new Map(all("nav a").map(link => [link.hash.slice(1), link]));
const here = new IntersectionObserver(entries => {
  for (const {target, isIntersecting} of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
}, {rootMargin: "-10% 0px -70% 0px"});
for (const section of all("main > section")) here.observe(section);

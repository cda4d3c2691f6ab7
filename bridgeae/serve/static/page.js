// Starts the page.

import * as engine from "./engine.js";
import { listen as listenToAsking, problem } from "./asking.js";
import { listen as listenToInputs } from "./inputs.js";
import { listen as listenToMap } from "./map.js";

const $ = id => document.getElementById(id);

async function begin() {
  const about = await engine.about();
  document.title = `${about.title} – bridgeae`;
  $("title").textContent = about.title;
  $("about").textContent = about.about;
  if (about.place) $("place").textContent = about.place;
  $("card").textContent = about.card || "";
  $("card-part").hidden = !about.card;
  listenToAsking(about);
  listenToInputs(about);
  listenToMap();
  document.documentElement.dataset.ready = "yes";
}

begin().catch(error => problem(error.message));

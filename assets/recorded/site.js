// @ts-check
/** The page of a site of recordings: their list and their answers are files beside it. */
import { asset } from "../kit/asset.js";
import { open } from "./open.js";

const FOLDER = asset("../recorded/");

/** @param {string} file */
async function read(file) {
  const answer = await fetch(new URL(`${file}.json`, FOLDER));
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer.json();
}

const { steps, live, lessons } = await read("steps");
const { panels } = await read("opening");
const embed = new URLSearchParams(location.search).has("embed");
open({ steps, panels, read, live, link: "", list: "index.html", lessons, embed });

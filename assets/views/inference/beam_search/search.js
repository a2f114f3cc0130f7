// @ts-check
/**
 * What a search looked at, read from its payload: each candidate, its path, and what became of it.
 *
 * @import { BeamTree } from "../../../types/inference"
 *
 * @typedef {"best" | "kept" | "lost" | "cut"} State best text, part of a whole text, given up later, dropped at once
 *
 * @typedef {object} Candidate
 * @property {number} index
 * @property {number} step
 * @property {number} parent -1 for the prompt
 * @property {number} token
 * @property {number} group
 * @property {number} place in its step and group, 0 the best
 * @property {number} fate
 * @property {number} logprob after its path
 * @property {number} total of the path
 * @property {number} score the same, diversity's cost taken off
 * @property {number[]} children from the best
 * @property {State} state
 * @property {boolean} greedy whether greedy decoding goes through it
 *
 * @typedef {ReturnType<typeof readSearch>} Search
 */
import { range } from "../../../vendor/d3.js";

/** The prompt's place in the tree. */
export const ROOT = -1;
export const FATE = { pruned: 0, kept: 1, finished: 2 };

/** @param {BeamTree} data */
export function readSearch(data) {
  const { nodes, texts, greedy } = data;
  const all = range(nodes.step.a.length);
  /** @param {number} index */
  const path = (index) => {
    const steps = [];
    for (let at = index; at !== ROOT; at = nodes.parent.a[at]) steps.unshift(at);
    return steps;
  };
  const best = new Set(greedy ? texts[0].nodes : []);
  const whole = new Set([...texts.flatMap((text) => text.nodes), ...(greedy ? [] : openPaths(data).flatMap(path))]);
  const followed = new Set(greedy?.nodes);
  /** @param {number} index @returns {State} */
  const state = (index) => {
    if (best.has(index)) return "best";
    if (nodes.fate.a[index] === FATE.pruned) return "cut";
    return whole.has(index) ? "kept" : "lost";
  };
  /** @type {Candidate[]} */
  const candidates = all.map((index) => ({
    index,
    step: nodes.step.a[index],
    parent: nodes.parent.a[index],
    token: nodes.token.a[index],
    group: nodes.group.a[index],
    place: nodes.place.a[index],
    fate: nodes.fate.a[index],
    logprob: nodes.logprob.a[index],
    total: nodes.total.a[index],
    score: nodes.score.a[index],
    children: [],
    state: state(index),
    greedy: followed.has(index),
  }));
  const ranked = candidates.toSorted((one, other) => one.group - other.group || one.place - other.place);
  const first = ranked.filter(({ parent }) => parent === ROOT).map(({ index }) => index);
  for (const { parent, index } of ranked) if (parent !== ROOT) candidates[parent].children.push(index);
  return { candidates, first, path, whole: Boolean(greedy) };
}

/** While the search goes on: the last candidates that are still grown. @param {BeamTree} data */
function openPaths({ nodes, n_steps }) {
  return range(nodes.step.a.length).filter(
    (index) => nodes.step.a[index] === n_steps - 1 && nodes.fate.a[index] !== FATE.pruned,
  );
}

/**
 * What became of a candidate, in words.
 * @param {Search} search
 * @param {Candidate} candidate
 */
export function fateOf({ candidates }, { fate, children }) {
  if (fate === FATE.pruned) return "dropped it";
  if (fate === FATE.finished) return "ended a text with it";
  const goesOn = children.some((child) => candidates[child].fate !== FATE.pruned);
  return goesOn ? "kept it" : "kept it and dropped all that followed";
}

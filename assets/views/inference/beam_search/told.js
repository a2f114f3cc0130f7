// @ts-check
/**
 * What is said of the search and of the candidate that is open.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { Candidate, Search } from "./search.js"
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { FATE, fateOf } from "./search.js";

/** A cost below this is the arithmetic's. */
const COST = 1e-4;

/**
 * Its numbers, line by line.
 * @param {BeamTree} data
 * @param {Search} search
 * @param {Candidate} candidate
 * @returns {[string, string][]}
 */
export function linesOf(data, search, candidate) {
  const { step, logprob, total, score, place, group } = candidate;
  const cost = total - score;
  /** @type {[string, string][]} */
  const lines = [
    ["probability after its path", percent(Math.exp(logprob))],
    ["total, nats", decimal(total)],
  ];
  if (step) lines.push(["mean, nats", decimal(total / (step + 1))]);
  if (Math.abs(cost) > COST) lines.push(["cost of diversity", decimal(cost, 1)]);
  lines.push([data.n_groups > 1 ? `place in group ${group + 1}` : "place", String(place + 1)]);
  return [...lines, ["the search", fateOf(search, candidate)]];
}

/**
 * @param {BeamTree} data
 * @param {Search} search
 * @param {Candidate} candidate
 */
export function openCandidate(data, search, candidate) {
  const { index, step, logprob, total, score, place, group } = candidate;
  const cost = total - score;
  const path = search.path(index).map((each) => search.candidates[each].token);
  return html`
    <span class="path">${words(path)}</span>
    <span>
      <b>${percent(Math.exp(logprob))}</b> likely after its path; total <b>${decimal(total)}</b> nats${
        step ? `, mean ${decimal(total / (step + 1))}` : ""
      }${Math.abs(cost) > COST ? `, minus ${decimal(cost, 1)} for diversity` : ""}; place ${place + 1}${
        data.n_groups > 1 ? ` in group ${group + 1}` : ""
      }; the search ${fateOf(search, candidate)}
    </span>`;
}

/**
 * Tokens one after the other; a line may break between two.
 * @param {number[]} ids
 * @param {number} [shared] so many at the beginning are pale
 */
export const words = (ids, shared = 0) =>
  html`${ids.map((id, at) => html`${token(id, { className: `mono tokword ${at < shared ? "shared" : ""}` })}<wbr />`)}`;

/**
 * While nothing is open.
 * @param {BeamTree} data
 * @param {Search} search
 */
export function outcome({ greedy, n_steps, max_new_tokens, texts, opened }, search) {
  if (!greedy) return `Step ${n_steps} of at most ${max_new_tokens}: the search goes on from the solid tokens.`;
  const way = greedysWay(greedy, texts[0].ids, search);
  return `${way} ${chosen(opened)} Point at a token to see its path; click to keep it.`;
}

/** How the page chose this search, where nobody asked for one. @param {BeamTree["opened"]} opened */
function chosen(opened) {
  if (!opened) return "";
  const beams = opened.tried.map(String);
  const some = beams.length > 1 ? `${beams.slice(0, -1).join(", ")} and ${beams[beams.length - 1]}` : beams[0];
  const tried = `The page tried ${some} beams with up to ${opened.far} tokens`;
  return opened.differs
    ? `${tried} and opened the smallest search that beats greedy decoding.`
    : `${tried}: on this prompt none beats greedy decoding.`;
}

/**
 * @param {NonNullable<BeamTree["greedy"]>} greedy
 * @param {number[]} best
 * @param {Search} search
 */
function greedysWay({ ids, nodes }, best, { candidates }) {
  if (ids.join() === best.join()) return "The best text is the greedy one.";
  const seen = nodes.length;
  const dropped = seen > 0 && candidates[nodes[seen - 1]].fate === FATE.pruned;
  if (dropped || seen < ids.length) return `The search drops the greedy text at token ${dropped ? seen : seen + 1}.`;
  return "The greedy text is among those kept, but it is not the best.";
}

// @ts-check
/**
 * Where a view's numbers come from, and the checks that they have passed, each with its measured error.
 *
 * @import { Check, Provenance } from "../protocol"
 */
import { scientific } from "../../kit/numbers/format.js";
import { html, nothing, svg } from "../../vendor/lit.js";
import { TAGS } from "../server/tables.js";
import { holds, measured, summary } from "./checks.js";

const MEANINGS = Object.fromEntries(TAGS.map(({ name, meaning }) => [name, meaning]));
/** One shape a kind, so that it does not lean on colour. @type {Record<Provenance, unknown>} */
const SHAPES = {
  MEASURED: svg`<circle cx="4.5" cy="4.5" r="4" fill="currentColor" />`,
  DERIVED: svg`
    <circle cx="4.5" cy="4.5" r="3.5" fill="none" stroke="currentColor" />
    <path d="M4.5 1A3.5 3.5 0 0 1 4.5 8Z" fill="currentColor" />`,
  QUOTED: svg`<path d="M1 2h2.6v3L2.2 7.4H1L1.8 5H1ZM5.2 2h2.6v3L6.4 7.4H5.2L6 5h-.8Z" fill="currentColor" />`,
  FORMULA: svg`<path d="M4.5 .8 8.4 8H.6Z" fill="none" stroke="currentColor" />`,
  RECORDED: svg`<rect x="1" y="1" width="7" height="7" fill="none" stroke="currentColor" />`,
};

/** @param {Provenance} kind */
export function tag(kind) {
  return html`<span class="tag" data-kind=${kind} title=${MEANINGS[kind]}><svg width="9" height="9"
      viewBox="0 0 9 9" aria-hidden="true">${SHAPES[kind]}</svg>${kind}</span>`;
}

/** @param {Check} check */
export function proof(check) {
  const ok = holds(check);
  return html`<span class="proof ${ok ? "" : "fail"}"
    title="holds while the error is at most ${scientific(check.tolerance)}" data-ok=${ok}
    data-error=${String(check.error)}>${tick(ok)}<span>${check.statement}</span><b>${measured(check)}</b></span>`;
}

/** @param {boolean} ok */
function tick(ok) {
  const sign = ok ? "M3.8 7.2 6.2 9.5 10.3 4.8" : "M4.5 4.5 9.5 9.5M9.5 4.5 4.5 9.5";
  return svg`<svg class="tick" width="14" height="14" viewBox="0 0 14 14" role="img"
    aria-label=${ok ? "holds" : "fails"}><circle
    cx="7" cy="7" r="7" fill="var(${ok ? "--ok" : "--bad"})" /><path
    d=${sign} fill="none" stroke="var(--surface)" stroke-width="1.7" /></svg>`;
}

/**
 * On a phone those that hold are folded into that line; a failing one always shows.
 * @param {Check[]} checks
 * @param {{ open: boolean, toggle: () => void }} fold
 */
export function proofs(checks, { open, toggle }) {
  const folded = summary(checks);
  return [
    folded
      ? html`<button class="proofsum" type="button" aria-expanded=${open}
        @click=${toggle}>${tick(true)}${folded}</button>`
      : nothing,
    ...checks.map(proof),
  ];
}

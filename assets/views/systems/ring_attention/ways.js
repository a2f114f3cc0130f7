// @ts-check
/**
 * The ways of sharing a text that both views know: how many ranks, which layout, with a causal mask or without.
 *
 * @import { RingRecording } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {Pick<RingRecording, "ranks" | "kind" | "causal">} Way
 */
import { segmented } from "../../../kit/controls.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {{ kind: Way["kind"], name: string }[]} */
export const KINDS = [
  { kind: "contiguous", name: "Contiguous" },
  { kind: "zigzag", name: "Zig-zag" },
];

/** @param {Way["kind"]} kind */
export const layoutName = (kind) => (kind === "zigzag" ? "zig-zag" : "contiguous");

/**
 * What the controls say; where they say nothing, that which shows the most.
 * @param {Pick<ViewContext, "controls">} ctx
 * @returns {Way}
 */
export const chosenWay = ({ controls }) => ({
  ranks: controls.ranks === "2" || controls.ranks === 2 ? 2 : 4,
  kind: controls.layout === "zigzag" ? "zigzag" : "contiguous",
  causal: controls.mask !== "none",
});

/**
 * @param {Way} one
 * @param {Way} other
 */
export const sameWay = (one, other) =>
  one.ranks === other.ranks && one.kind === other.kind && one.causal === other.causal;

/**
 * Tokens that a text needs.
 * @param {Way} way
 */
export const needed = ({ ranks, kind }) => (kind === "zigzag" ? 2 * ranks : ranks);

/**
 * @param {ViewContext} ctx
 * @param {{ layouts: boolean }} options whether one of the layouts is chosen, or both are shown
 */
export function wayControls(ctx, { layouts }) {
  const { ranks, kind, causal } = chosenWay(ctx);
  return html`
    ${segmented({
      label: "Ranks",
      choices: [
        ["2", "2 ranks"],
        ["4", "4 ranks"],
      ],
      chosen: String(ranks),
      choose: (to) => ctx.control("ranks", to),
    })}
    ${
      layouts
        ? segmented({
            label: "Layout",
            choices: KINDS.map(({ kind, name }) => [kind, name]),
            chosen: kind,
            choose: (to) => ctx.control("layout", to),
          })
        : nothing
    }
    ${segmented({
      label: "Mask",
      choices: [
        ["causal", "Causal"],
        ["none", "No mask"],
      ],
      chosen: causal ? "causal" : "none",
      choose: (to) => ctx.control("mask", to),
    })}`;
}

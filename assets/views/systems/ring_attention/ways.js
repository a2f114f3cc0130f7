// @ts-check
/**
 * The ways of sharing a text that both views know: how many ranks, which layout, with a causal mask or without.
 *
 * @import { RingRecording } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {Pick<RingRecording, "ranks" | "kind" | "causal">} Way
 */
/** @type {{ kind: Way["kind"], name: string }[]} */
export const KINDS = [
  { kind: "contiguous", name: "Contiguous" },
  { kind: "zigzag", name: "Zig-zag" },
];

/** @param {Way["kind"]} kind */
export const layoutName = (kind) => (kind === "zigzag" ? "zig-zag" : "contiguous");

/**
 * What the controls say.
 * @param {Pick<ViewContext, "controls">} ctx
 * @returns {Way}
 */
export const chosenWay = ({ controls }) => ({
  ranks: Number(controls.ranks),
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

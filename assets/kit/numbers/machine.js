// @ts-check
/**
 * The speed of this machine in words: one measurement, with its spread and with how busy the machine was, in every view
 * that names it.
 *
 * @import { MachineRate, MachineSpeed } from "../../types/shared"
 */
import { html, nothing } from "../../vendor/lit.js";
import { counted, decimal } from "./format.js";
import { figures, scaled } from "./magnitude.js";

/** The most that was seen of both limits. @param {MachineSpeed} speed */
export const roofOf = ({ flops, bandwidth }) => ({ flops: flops.best, bandwidth: bandwidth.best });

/**
 * Both limits and where they meet, each with its spread.
 * @param {MachineSpeed} speed
 */
export function machineLimits(speed) {
  const { flops, bandwidth, threads } = speed;
  return html`This machine with ${counted(threads, "thread")} computes at most
    <b data-flops=${flops.best}>${scaled(flops.best, "FLOP/s")}</b> in a float32 matrix product (${spread(flops)}) and
    reads at most <b data-bandwidth=${bandwidth.best}>${scaled(bandwidth.best, "B/s")}</b> from memory
    (${spread(bandwidth)}). Below <b>${figures(flops.best / bandwidth.best)} FLOPs a byte</b> memory sets the limit,
    above it arithmetic.`;
}

/**
 * When both were measured, and how busy the machine was.
 * @param {MachineSpeed} speed
 */
export function machineSource({ rounds, load, cores, at }) {
  const when = new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
  const wanted = load === null ? "" : `, at a load of ${decimal(load, 1)} on ${counted(cores, "core")}`;
  const busy = load !== null && load > cores;
  return html`<span data-load=${load ?? nothing}>Both limits come from one measurement that all panels share:
    ${counted(rounds, "round")}, ${when} UTC${wanted}.${
      busy
        ? " The machine was busy: at rest it may be faster. The next measurement on a quiet machine replaces it."
        : ""
    }</span>`;
}

/** @param {MachineRate} rate */
const spread = ({ median, low, high }) =>
  `median ${figures(median / 1e9)}, middle half ${figures(low / 1e9)} to ${figures(high / 1e9)}`;

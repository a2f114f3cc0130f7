// @ts-check
/**
 * The formulas of what a card holds, and of its speed, with the numbers in them.
 *
 * @import { ServingAnswer, ServingFit } from "../../../types"
 */
import { derivation } from "../../../kit/derivation.js";
import { whole } from "../../../kit/format.js";
import { figures, memory, operations, parameters, scaled, timed } from "../../../kit/magnitude.js";

/** Up to so many bytes are written out. */
const WRITTEN_OUT = 1e7;

/**
 * @param {ServingFit} data
 * @param {ServingAnswer} answer
 */
export function sums({ asked }, answer) {
  const { need, pace, read_at } = answer;
  const token = answer.cached * answer.n_layers * answer.cache_bytes;
  const step = `(${memory(pace.weights_read)} + ${memory(pace.cache_read)}) / ${scaled(answer.bandwidth, "B/s")}`;
  return derivation([
    weights(asked, answer),
    {
      name: "a token",
      formula: `${numbers(answer)} · ${answer.n_layers} · ${answer.cache_bytes}`,
      result: token < WRITTEN_OUT ? `${whole(token)} bytes` : memory(token),
      note: answer.latent
        ? "one latent and one rotary key a block, for all heads"
        : "key and value, of each key/value head and block",
    },
    {
      name: "keys and values",
      formula: `${whole(asked.batch)} · ${whole(answer.held)} · ${whole(cachedOnCard(answer))} · ${answer.cache_bytes}`,
      result: memory(need.cache),
      note:
        `users · tokens held, summed over ${answer.n_layers} blocks · numbers of a token in a block on one card. ` +
        "Blocks with a window hold no more than it.",
    },
    {
      name: "activations",
      formula: "2 bytes · chunk · (2 · d_model + widest part / cards) + 4 bytes · users · d_vocab / cards",
      result: memory(need.activations),
      note:
        "An estimate: a prompt is read 2,048 tokens at a time; what a kernel really takes differs. Measured for " +
        "this machine at the foot of this page.",
    },
    {
      name: "overhead",
      formula: "context and libraries of a card",
      result: memory(need.overhead),
      note: "An assumption: between 0.5 and 1 GB in practice, more where an engine keeps graphs or a pool of its own.",
    },
    {
      name: "a step",
      formula: step,
      result: timed((1000 * (pace.weights_read + pace.cache_read)) / answer.bandwidth),
      note:
        `${read_at ? `${read_at.said}: ${read_at.title}. ` : ""}A bound: how near a real run comes to it is ` +
        "measured for this machine at the foot of this page.",
    },
    ...(pace.prefill && answer.flops
      ? [
          {
            name: "a prompt",
            formula: `${operations(pace.prefill_flops)} / (${asked.cards} · ${scaled(answer.flops, "FLOP/s")})`,
            result: timed(1000 * pace.prefill),
            note: "two operations for each parameter that a token passes, and attention to all tokens before it",
          },
        ]
      : []),
    card(answer),
  ]);
}

/**
 * @param {ServingFit["asked"]} asked
 * @param {ServingAnswer} answer
 */
function weights({ cards }, { parameters: count, active, weights: held, need, stays, weights_title }) {
  const bits = (8 * held) / count;
  const passed =
    active < count ? ` A token passes ${parameters(active)} of ${parameters(count)}, but all must be there.` : "";
  const copied = need.copied ? ` ${memory(need.copied)} of it is copied to every card.` : "";
  const shared = cards === 1 ? "" : `, of which a card holds ${figures(bits)} bits each`;
  return {
    name: "weights",
    formula: `${whole(count)} parameters in ${weights_title}${shared || `, ${figures(bits)} bits each`}`,
    result: memory(held),
    note: `${stays}${passed}${copied}`.trim() || undefined,
  };
}

/** @param {ServingAnswer} answer */
function card({ device, sold, reported, capacity }) {
  return {
    name: "a card",
    formula: reported ? reported.said : device,
    result: memory(capacity),
    note:
      sold && reported
        ? `${reported.title}. ${device} is sold as ${sold.said} (${sold.title}): makers count 2³⁰ bytes for a GB.`
        : undefined,
  };
}

/** @param {ServingAnswer} answer */
const cachedOnCard = ({ cached, kv_heads, n_kv_heads }) => (cached * kv_heads) / n_kv_heads;

/** @param {ServingAnswer} answer */
function numbers({ latent, cached, n_kv_heads }) {
  return latent ? whole(cached) : `2 · ${n_kv_heads} · ${whole(cached / 2 / n_kv_heads)}`;
}

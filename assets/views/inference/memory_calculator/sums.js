// @ts-check
/**
 * The formulas of what a card holds, and of its speed, with the numbers in them.
 *
 * @import { ServingAnswer, ServingAsked } from "../../../types/inference"
 */
import { derivation } from "../../../kit/numbers/derivation.js";
import { whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations, parameters, scaled, timed } from "../../../kit/numbers/magnitude.js";

/** Up to so many bytes are written out. */
const WRITTEN_OUT = 1e7;

/**
 * @param {ServingAsked} asked
 * @param {ServingAnswer} answer
 */
export function sums(asked, answer) {
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
        "An estimate: a prompt is read 2,048 tokens at a time, and a real kernel takes another amount. The last view " +
        "measures it on this machine.",
    },
    {
      name: "overhead",
      formula: "context and libraries of a card",
      result: memory(need.overhead),
      note: "An assumption: 0.5 to 1 GB in practice, more where an engine keeps graphs or a memory pool of its own.",
    },
    {
      name: "a step",
      formula: step,
      result: timed((1000 * (pace.weights_read + pace.cache_read)) / answer.bandwidth),
      note:
        `${readOf(answer)}${read_at ? ` ${read_at.said}: ${read_at.title}.` : ""} No real run is faster than this ` +
        `bound. ` +
        "The last view measures how near this machine comes to its own.",
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
 * @param {ServingAsked} asked
 * @param {ServingAnswer} answer
 */
function weights({ cards }, { parameters: count, active, weights: held, stored, need, stays, weights_title }) {
  const bits = (8 * stored) / count;
  const passed =
    active < count
      ? ` A token passes ${parameters(active)} of ${parameters(count)} parameters, but the card must hold all.`
      : "";
  const copied = need.copied ? ` Every card holds its own copy of ${memory(need.copied)} of it.` : "";
  const all = cards === 1 ? "" : ` = ${memory(stored)}, cut over ${cards} cards`;
  return {
    name: "weights",
    formula: `${whole(count)} parameters in ${weights_title}, ${figures(bits)} bits each${all}`,
    result: `${memory(held)}${cards === 1 ? "" : " a card"}`,
    note: `${stays}${passed}${copied}`.trim() || undefined,
  };
}

/**
 * Why a step reads fewer bytes of weights than a card holds.
 * @param {ServingAnswer} answer
 */
function readOf({ weights: held, tables, pace, active, parameters: count }) {
  const read = `A step reads ${memory(pace.weights_read)} of the card’s ${memory(held)} of weights`;
  const why = [
    tables > 0 ? `it looks up rows of the embedding tables (${memory(tables)}) and does not read them whole` : "",
    active < count ? "it reads only the experts that its tokens visit" : "",
  ].filter(Boolean);
  return why.length ? `${read}: ${why.join(", and ")}.` : "A step reads all weights of the card.";
}

/** @param {ServingAnswer} answer */
function card({ device, sold, reported, capacity }) {
  return {
    name: "a card",
    formula: reported ? reported.said : device,
    result: memory(capacity),
    note:
      sold && reported
        ? `${reported.title}. ${device} is sold as ${sold.said} (${sold.title}), with 2³⁰ bytes in each GB.`
        : undefined,
  };
}

/** @param {ServingAnswer} answer */
const cachedOnCard = ({ cached, kv_heads, n_kv_heads }) => (cached * kv_heads) / n_kv_heads;

/** @param {ServingAnswer} answer */
function numbers({ latent, cached, n_kv_heads }) {
  return latent ? whole(cached) : `2 · ${n_kv_heads} · ${whole(cached / 2 / n_kv_heads)}`;
}

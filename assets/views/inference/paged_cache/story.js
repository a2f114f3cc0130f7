// @ts-check
/**
 * One action in words, from the events that the cache recorded.
 *
 * @import { PagedStory, PoolFrame } from "../../../types/inference"
 */
import { counted } from "../../../kit/numbers/format.js";
import { blockName, eventsOf, usersOf } from "./frames.js";

/** @type {Record<string, string>} */
export const WHO = {
  A: "this run",
  B: "forked from A",
  C: "forked from A",
  D: "same prompt, later",
  E: "same prompt, after all",
};

/** @param {string[]} words */
const listed = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

/**
 * @param {PagedStory} data
 * @param {PoolFrame} frame
 * @returns {{ head: string, more: string }}
 */
export function told(data, frame) {
  if (frame.kind === "add") return arrives(data, frame);
  if (frame.kind === "fork") return forks(frame);
  if (frame.kind === "release") return ends(frame);
  return writes(frame);
}

/**
 * @param {PagedStory} data
 * @param {PoolFrame} frame
 */
function arrives({ block_size }, frame) {
  const [name] = frame.names;
  const tokens = frame.feed[name].length;
  if (!frame.held) {
    const short = tokens <= block_size && name !== "A";
    const same = `with the same ${tokens} tokens: they fill no whole block, so no block is found`;
    return { head: `${name} arrives`, more: short ? same : `with ${tokens} tokens; no block is found` };
  }
  const hits = eventsOf(frame, "hit").length;
  const found = hits === 1 ? "1 full block is found by its hash" : `${hits} full blocks are found by their hash`;
  const unused = name === "E" ? ". Nobody used the blocks any more; their content was still there" : "";
  return {
    head: `${name} asks the same prompt again`,
    more: `${found}, so ${frame.held} of its ${tokens} tokens are not computed again${unused}`,
  };
}

/** @param {PoolFrame} frame */
function forks({ names }) {
  const copies = "the table is copied, keys and values are not: each block now has three references";
  return { head: `${listed(names.slice(1))} are forked from ${names[0]}`, more: copies };
}

/** @param {PoolFrame} frame */
export function ends(frame) {
  const left = [...new Set(eventsOf(frame, "free").map(({ block }) => block))];
  const free = left.filter((block) => !frame.references[block]);
  const kept = left.length - free.length;
  const freed = free.length
    ? `${listed(free.map(blockName))} ${free.length > 1 ? "are" : "is"} free`
    : "no block is free";
  const shared = kept ? `; ${counted(kept, "shared block stays", "shared blocks stay")} with fewer references` : "";
  const findable = free.some((block) => frame.findable.includes(block));
  const later = findable ? ". Full ones can be found until their place is needed" : "";
  return {
    head: `${listed(frame.names)} ${frame.names.length > 1 ? "end" : "ends"}`,
    more: `${freed}${shared}${later}`,
  };
}

/** @param {string} words */
const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** @param {PoolFrame} frame */
export function writes(frame) {
  const fed = Object.entries(frame.feed);
  const read = fed
    .filter(([, tokens]) => tokens.length > 1)
    .map(([name, tokens]) => {
      const other = frame.lengths[name] > tokens.length ? "other " : "";
      return `one pass reads ${name}’s ${other}${counted(tokens.length, "token")}`;
    });
  const one = fed.filter(([, tokens]) => tokens.length === 1).map(([name]) => name);
  const written = `${listed(one)} ${one.length > 1 ? "write one token each" : "writes one token"}`;
  const more = [copied(frame), evicted(frame), taken(frame)].filter(Boolean).join(". ");
  return {
    head: sentence([...read, ...(one.length ? [written] : [])].join(", ")),
    more: more || `there is room in ${fed.length > 1 ? "the last block of each" : "its last block"}`,
  };
}

/**
 * Blocks that were shared and not full when one of their users wrote.
 * @param {PoolFrame} frame
 */
function copied(frame) {
  const copies = eventsOf(frame, "copy");
  if (!copies.length) return "";
  const source = copies[0].source ?? 0;
  const made = copies.map(({ sequence, block }, at) => `${sequence} ${at ? "" : "copies it "}to ${blockName(block)}`);
  const users = usersOf(frame, source);
  const keeps = users.length === 1 ? `; ${users[0]}, the last user, keeps it` : "";
  return `${blockName(source)} is shared and not full: ${listed(made)}${keeps}`;
}

/**
 * Blocks whose prefix was overwritten: nobody used them, and there was no other room.
 * @param {PoolFrame} frame
 */
function evicted(frame) {
  const lost = eventsOf(frame, "evict").map(({ block }) => blockName(block));
  return lost.length ? `${listed(lost)} ${lost.length > 1 ? "are" : "is"} evicted: unused for longest` : "";
}

/** @param {PoolFrame} frame */
function taken(frame) {
  const fresh = eventsOf(frame, "allocate");
  const names = [...new Set(fresh.map(({ sequence }) => sequence))];
  return listed(
    names.map((name) => {
      const blocks = fresh.filter(({ sequence }) => sequence === name).map(({ block }) => blockName(block));
      return `${name} takes ${listed(blocks)}`;
    }),
  );
}

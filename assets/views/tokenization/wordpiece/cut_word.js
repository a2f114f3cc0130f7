// @ts-check
/**
 * A word of a list: its tokens, or the whole word where it is lost.
 *
 * @import { WordpieceWord } from "../../../types/tokenization"
 */
import { signs } from "../../../kit/text/spelled.js";

/** @param {WordpieceWord} word */
export const cutWord = ({ why, better, source, tokens }) => ({
  pieces: why ? [signs(source)] : tokens.map(signs),
  look: `${why ? "lost" : ""} ${better.length ? "longer" : ""}`,
});

// @ts-check
/** What a rule of a quality filter measures, in words; the rules have datatrove’s names. */

/** @type {Record<string, string>} */
const WORDS = {
  language: "probability that the text is English",
  url: "1 where the address is on a list",
  characters: "characters of the main text",
  characters_left: "characters left without repeated passages",
  exact_duplicate: "1 where another page has the same text",
  near_duplicate: "bands that a later copy shares with other pages",
  perplexity: "perplexity under a model of prose",
  dup_para_frac: "share of paragraphs that stood before",
  dup_para_char_frac: "share of characters in paragraphs that stood before",
  dup_line_frac: "share of lines that stood before",
  dup_line_char_frac: "share of characters in lines that stood before",
  gopher_short_doc: "words",
  gopher_long_doc: "words",
  gopher_below_avg_threshold: "mean letters of a word",
  gopher_above_avg_threshold: "mean letters of a word",
  gopher_too_many_hashes: "hash signs a word",
  gopher_too_many_ellipsis: "ellipses a word",
  gopher_too_many_bullets: "share of lines that begin with a bullet",
  gopher_too_many_end_ellipsis: "share of lines that end with an ellipsis",
  gopher_below_alpha_threshold: "share of words with a letter",
  gopher_enough_stop_words: "different stop words",
  lorem_ipsum: "1 where it has “lorem ipsum”",
  curly_bracket: "1 where it has a brace",
  too_few_sentences: "sentences in the lines that stay",
  line_punct_ratio: "share of lines that end like a sentence",
  short_line_ratio: "share of lines of at most 30 characters",
  char_dup_ratio: "share of characters in lines that stood before",
  list_ratio: "line breaks a word",
  quality_classifier: "probability that the text is good",
  toxicity: "share of words on the list",
  benchmark_items: "share of a benchmark item’s n-grams",
};

/**
 * Nothing where the name says it.
 * @param {string} rule
 */
export function ruleWords(rule) {
  const [, kind, n] = rule.match(/^(top|duplicated)_(\d+)_(?:gram|n_grams)$/) ?? [];
  if (kind === "top") return `share of characters in the most frequent run of ${n} words`;
  if (kind) return `share of characters in runs of ${n} words that stood before`;
  return WORDS[rule.startsWith("url_") ? "url" : rule] ?? "";
}

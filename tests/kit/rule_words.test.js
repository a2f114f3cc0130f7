// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleWords } from "../../assets/kit/text/rule_words.js";

test("a rule over runs of words says how long they are, and one without words says nothing", () => {
  assert.equal(ruleWords("top_3_gram"), "share of characters in the most frequent run of 3 words");
  assert.equal(ruleWords("duplicated_10_n_grams"), "share of characters in runs of 10 words that stood before");
  assert.equal(ruleWords("url_domain"), ruleWords("url"));
  assert.equal(ruleWords("gopher_short_doc"), "words");
  assert.equal(ruleWords("a_rule_of_tomorrow"), "");
});

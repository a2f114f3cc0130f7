"""What the task files of the benchmarks say of their items: prompt, answer, and how it is scored."""

from __future__ import annotations

LETTERS = """
description: "The following are multiple choice questions (with answers).\\n\\n"
doc_to_text: "{{question}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nC. {{choices[2]}}\\nD. {{choices[3]}}\\nAnswer:"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: answer
"""
QUESTION = """
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_choice: choices
doc_to_target: answer
"""
GSM8K = r"""
doc_to_text: "Question: {{question}}\nAnswer:"
doc_to_target: "{{answer}}"
generation_kwargs:
  until: ["Question:", "</s>", "<|im_end|>"]
  max_gen_toks: 256
  do_sample: false
filter_list:
  - name: strict-match
    filter:
      - {function: regex, regex_pattern: "#### (\\-?[0-9\\.\\,]+)"}
      - {function: take_first}
  - name: flexible-extract
    filter:
      - {function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)"}
      - {function: take_first}
metric_list:
  - metric: exact_match
    ignore_case: true
    regexes_to_ignore: [",", "\\$", "(?s).*#### ", "\\.$"]
num_fewshot: 5
"""
MATH = r"""
doc_to_text: "Problem: {{problem}}\nSolution:"
doc_to_target: "{{solution}}"
generation_kwargs:
  until: ["Problem:"]
  max_gen_toks: 256
  do_sample: false
filter_list:
  - name: last-boxed
    filter:
      - {function: regex, group_select: -1, regex_pattern: "\\\\boxed\\{.*\\}"}
      - {function: take_first}
metric_list:
  - metric: exact_match
    regexes_to_ignore: ["(?s).*\\\\boxed\\{", "(?s)\\}[^}]*$", "\\s"]
num_fewshot: 4
"""
HUMANEVAL = r"""
doc_to_text: "{{prompt}}"
doc_to_target: "{{test}}\ncheck({{entry_point}})"
generation_kwargs:
  until: ["\nclass", "\ndef", "\n#", "\nif", "\nprint"]
  max_gen_toks: 256
  do_sample: false
filter_list:
  - name: create_test
    filter:
      - {function: build_predictions}
metric_list:
  - {metric: pass_at_k, k: [1]}
"""
SWE_BENCH = r"""
doc_to_text: "# {{file}}\n{{text}}\n# Issue: {{problem_statement}}\n# {{file}}, corrected:\n"
doc_to_target: "{{test}}"
generation_kwargs:
  until: ["\n```", "\n#", "\nclass"]
  max_gen_toks: 64
  do_sample: false
metric_list:
  - {metric: pass_at_k, k: [1]}
"""
MT_BENCH = r"""
doc_to_text: "User: {{turns[0]}}\nAssistant:"
generation_kwargs:
  until: ["\nUser:"]
  max_gen_toks: 128
  do_sample: false
metric_list:
  - metric: bypass
"""
ARENA = MT_BENCH.replace("{{turns[0]}}", "{{prompt}}")

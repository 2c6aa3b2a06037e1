/**
 * @file The rule reward as Python, for frameworks that have none of their own: text and letters as the released scorers read
 * them (faithful.ts), numbers within 0.15 %. `rule="strict"` closes the holes that small policies find: one `</think>`,
 * and the whole answer instead of a part of it. It is a short form; what it leaves out stands among what is not carried over.
 */

/** Defines `compute_score` as verl calls it; needs `import re` and `import string` before it. */
export const rewardFunction = String.raw`def normalized(text):
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def text_answer(text):
    before, marker, answer = text.replace("*", "").rpartition("the answer is")
    if not marker:
        return None
    for token in ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"):
        answer = answer.strip().replace(token, "")
    return answer.strip().strip(".").strip()


def letter_answer(text):
    text = text.replace("*", "")
    found = re.search(r"The correct answer is \(([A-D])\)", text) or re.search(r"The correct answer is ([A-D])", text)
    return found and found.group(1)


def number_answer(text):
    parts = re.split("the answer is", text.replace("*", ""), flags=re.IGNORECASE)
    try:
        return float(re.sub(r"[,$€£¥%=\s]", "", parts[-1].strip().rstrip("."))) if len(parts) > 1 else None
    except ValueError:
        return None


def is_right(data_source, answer, ground_truth, rule):
    if "long_toc_choices" in data_source:
        chosen = letter_answer(answer)
        return chosen is not None and chosen == letter_answer(ground_truth)
    if "docmath" in data_source:
        number, gold = number_answer(answer), number_answer(ground_truth)
        return number is not None and gold is not None and abs(number - gold) <= 0.0015 * abs(gold)
    said, gold = text_answer(answer), text_answer(ground_truth)
    if not said or gold is None:
        return False
    said, gold = normalized(said), normalized(gold)
    if rule == "strict":
        return said != "" and said == gold
    return said in gold or gold in said


def compute_score(data_source, solution_str, ground_truth, extra_info=None, rule="faithful", **_):
    before, closed, answer = solution_str.rpartition("</think>")
    answer = answer.strip()
    right = bool(closed and answer) and not (rule == "strict" and "</think>" in before)
    right = right and is_right(data_source, answer, ground_truth, rule)
    return {"score": float(right), "acc": right, "pred": answer}
`;

/** The file that verl loads. */
export const rewardFile = `"""The rule reward of Longview for verl: custom_reward_function.path."""

import re
import string


${rewardFunction}`;

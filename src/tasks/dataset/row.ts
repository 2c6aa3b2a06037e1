/**
 * @file One row of a data set → context, question and answers, by the columns it has. A row is data of unknown origin: only
 * own properties are read, and everything taken from it is text.
 *
 * Three shapes are understood. *verl* (DocQA-RL): `prompt` of chat messages and `reward_model.ground_truth`. *Plain* (LongBench
 * and its like): a context, a question and an answer in columns of their own. *Worked* (for warm-up): `prompt` and
 * `completion`, or `messages` that end with the assistant's; the completion has reasoning and answer.
 */
import { type ColumnMapping, type ColumnRole, columnRoles } from './columns';
import { type WorkedAnswer, workedAnswer } from './completion';

/** What a row says. */
export interface GivenRow {
  id: string | null;
  context: string;
  /** One line; offered choices are in it. */
  question: string;
  /** At least one, none empty. */
  answers: string[];
  /** What the row says about its kind: data_source and ability. */
  kind: string;
  /** Texts of the choices offered beside the question, A first; null where there are none. */
  choices: string[] | null;
  /** How the row itself gets to its answer; null where it has the answer alone. */
  reasoning: string | null;
}

const contextNames = ['context', 'document', 'passage'];
const questionNames = ['question', 'query', 'input'];
const answerNames = ['answer', 'answers', 'outputs'];
const choiceNames = ['choice_a', 'choice_b', 'choice_c', 'choice_d'];
const listedChoices = ['choices', 'options'];
const idNames = ['id', '_id'];

/** Every column that is read, in lower case. */
export const readColumns: ReadonlySet<string> = new Set([
  ...contextNames,
  ...questionNames,
  ...answerNames,
  ...choiceNames,
  ...listedChoices,
  ...idNames,
  ...[
    'prompt',
    'completion',
    'messages',
    'reward_model',
    'ground_truth',
    'data_source',
    'dataset',
    'ability',
    'extra_info',
  ],
]);

/** Whether rows with these columns can be understood by their names. */
export function isKnownShape(columns: readonly string[]): boolean {
  const names = new Set(columns.map((name) => name.toLowerCase()));
  const some = (wanted: readonly string[]) => wanted.some((name) => names.has(name));
  if (names.has('messages') || (names.has('prompt') && names.has('completion'))) return true;
  const hasAnswer = some([...answerNames, 'reward_model', 'ground_truth']);
  return hasAnswer && (names.has('prompt') || (some(contextNames) && some(questionNames)));
}

/** The columns a row needs, for messages. */
export const neededColumns =
  'prompt with reward_model.ground_truth (verl), prompt with completion, messages, or context | document | passage with question | query | input and answer | answers | outputs';

const maxQuestionCharacters = 4000;
const maxAnswerCharacters = 2000;
const maxAnswers = 32;
const maxIdCharacters = 120;
/** The rule reads the letters A to D. */
const maxChoices = 4;

/** Why a row gives no question, as part of a sentence. */
export class RowProblem extends Error {
  override name = 'RowProblem';
  /** What no column of the row is known to hold; null where the reason is another. */
  readonly missing: ColumnRole | null;

  constructor(reason: string, missing: ColumnRole | null = null) {
    super(reason);
    this.missing = missing;
  }
}

/**
 * @param mapping which columns are meant, where a person said so; their names are then taken as they stand.
 * @throws RowProblem with the reason.
 */
export function readRow(value: unknown, mapping: ColumnMapping | null = null): GivenRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RowProblem('not an object of columns');
  const columns = mapping ? mapped(value, mapping) : byName(value);
  const first = (names: readonly string[]): unknown =>
    names.map((name) => columns.get(name)).find((cell) => cell !== undefined && cell !== null);
  const extra = columns.get('extra_info');
  const talk = talkOf(columns);
  const asked =
    talk.prompt !== undefined
      ? askedInPrompt(talk.prompt, own(extra, 'question'))
      : askedInColumns(first(contextNames), first(questionNames));
  const choices = choicesOf(columns);
  const answers = answersOf(
    own(columns.get('reward_model'), 'ground_truth') ??
      columns.get('ground_truth') ??
      first(answerNames) ??
      talk.worked?.answer,
  );
  const question = oneLine([asked.question, ...(choices ?? []).map(lettered)].join(' '));
  if (question === '') throw new RowProblem('the question is empty');
  if (question.length > maxQuestionCharacters)
    throw new RowProblem(`the question is longer than ${maxQuestionCharacters} characters`);
  const id = scalar(first(idNames) ?? own(extra, 'id'));
  return {
    id: id === null || id.trim() === '' ? null : oneLine(id).slice(0, maxIdCharacters),
    context: asked.context,
    question,
    answers,
    kind: [columns.get('data_source') ?? columns.get('dataset'), columns.get('ability')]
      .map((cell) => scalar(cell) ?? '')
      .join(' '),
    choices,
    reasoning: talk.worked?.reasoning || null,
  };
}

/** The prompt of a row, and the completion it brings along; a conversation is all that stands before its last answer. */
function talkOf(columns: ReadonlyMap<string, unknown>): { prompt: unknown; worked: WorkedAnswer | null } {
  const messages = columns.get('messages');
  if (columns.has('prompt') || !Array.isArray(messages)) {
    const said = assistantText(columns.get('completion'));
    return { prompt: columns.get('prompt'), worked: said === null ? null : workedAnswer(said) };
  }
  const at = messages.findLastIndex((message) => own(message, 'role') === 'assistant');
  const said = at < 0 ? null : messageText(own(messages[at], 'content'));
  if (said === null) throw new RowProblem('the messages have no answer of an assistant');
  return { prompt: messages.slice(0, at), worked: workedAnswer(said) };
}

/** A completion: text, or the assistant's messages. */
function assistantText(completion: unknown): string | null {
  if (typeof completion === 'string') return clean(completion);
  if (!Array.isArray(completion)) return null;
  const said = completion
    .map((message) => messageText(own(message, 'content')))
    .filter((text) => text !== null);
  return said.length === 0 ? null : said.join('\n');
}

function byName(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).map(([name, cell]) => [name.toLowerCase(), cell]));
}

/** The columns that a mapping names, under the names that are understood; those beside questions as they are. */
function mapped(value: object, mapping: ColumnMapping): Map<string, unknown> {
  const beside = ['data_source', 'dataset', 'ability', 'id', '_id'];
  const all = byName(value);
  const columns = new Map(beside.filter((name) => all.has(name)).map((name) => [name, all.get(name)]));
  for (const role of columnRoles) {
    const name = mapping[role];
    // A row may do without reasoning, which is read apart from its question.
    if (name === null || role === 'reasoning') continue;
    const cell = own(value, name);
    if (cell === undefined) throw new RowProblem(`no "${name}"`);
    columns.set(role, cell);
  }
  if (mapping.choices !== null && !Array.isArray(columns.get('choices')))
    throw new RowProblem(`"${mapping.choices}" is no list of choices`);
  return columns;
}

/** The names of a row's columns; none where it has none. */
export function columnsOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

interface Asked {
  context: string;
  question: string;
}

function askedInColumns(context: unknown, question: unknown): Asked {
  const text = paragraphsOf(context);
  if (text === null) throw new RowProblem(`no ${contextNames.join(', ')}`, 'context');
  if (text === '') throw new RowProblem('the context is empty');
  const asked = scalar(question);
  if (asked === null) throw new RowProblem(`no ${questionNames.join(', ')}`, 'question');
  return { context: text, question: asked };
}

/** The released template asks the model for this form; what begins here is no part of the question. */
const formatInstruction = 'format your response as follows';
const textOpen = '<text>';
const textClose = '</text>';

/**
 * Context and question of a chat prompt: what stands between <text> and </text>, and what follows; without such a text the
 * last paragraph is the question.
 * @param question asked outside the prompt (`extra_info.question`), where it is.
 */
function askedInPrompt(prompt: unknown, question: unknown): Asked {
  const said = userText(prompt);
  if (said === null) throw new RowProblem('the prompt has no message of a user');
  const open = said.indexOf(textOpen);
  const close = said.lastIndexOf(textClose);
  const marked = open >= 0 && close > open;
  const rest = withoutFormat(marked ? said.slice(close + textClose.length) : said).trim();
  const last = marked ? 0 : rest.lastIndexOf('\n\n') + 1;
  const context = (marked ? said.slice(open + textOpen.length, close) : rest.slice(0, last)).trim();
  if (context === '')
    throw new RowProblem(
      marked ? 'the text in the prompt is empty' : 'the prompt has no text beside its question',
    );
  return { context, question: scalar(question) ?? rest.slice(last) };
}

function withoutFormat(text: string): string {
  const at = text.toLowerCase().lastIndexOf(formatInstruction);
  return at < 0 ? text : text.slice(0, at);
}

/** What the user says in a list of messages, or a prompt that is text itself. */
function userText(prompt: unknown): string | null {
  if (typeof prompt === 'string') return clean(prompt);
  if (!Array.isArray(prompt)) return null;
  const said = prompt
    .filter((message) => own(message, 'role') === 'user')
    .map((message) => messageText(own(message, 'content')))
    .filter((text) => text !== null);
  return said.length === 0 ? null : said.join('\n\n');
}

/** Text, or the text parts of a content list. */
function messageText(content: unknown): string | null {
  if (typeof content === 'string') return clean(content);
  if (!Array.isArray(content)) return null;
  const parts = content.map((part) => own(part, 'text')).filter((text) => typeof text === 'string');
  return parts.length === 0 ? null : parts.map(clean).join('\n');
}

/** One text, or a list of them as paragraphs; null for anything else. */
function paragraphsOf(cell: unknown): string | null {
  if (typeof cell === 'string') return clean(cell).trim();
  if (!Array.isArray(cell) || !cell.every((part) => typeof part === 'string')) return null;
  return clean(cell.join('\n\n')).trim();
}

/** Accepted answers: a text or number, a list of them, or `{text: []}` as SQuAD has it. */
function answersOf(cell: unknown): string[] {
  const inner = own(cell, 'text') ?? cell;
  const list = Array.isArray(inner) ? inner : [inner];
  const answers = list
    .map((answer) => scalar(own(answer, 'text') ?? answer))
    .filter((answer) => answer !== null)
    .map(oneLine)
    .filter((answer) => answer !== '');
  if (answers.length === 0)
    throw cell === undefined || cell === null
      ? new RowProblem(`no ${answerNames.join(', ')}`, 'answer')
      : new RowProblem('the answer is empty');
  if (answers.some((answer) => answer.length > maxAnswerCharacters))
    throw new RowProblem(`an answer is longer than ${maxAnswerCharacters} characters`);
  return [...new Set(answers)].slice(0, maxAnswers);
}

/** Choices in columns choice_A to choice_D, or listed. */
function choicesOf(columns: ReadonlyMap<string, unknown>): string[] | null {
  const listed = listedChoices.map((name) => columns.get(name)).find(Array.isArray);
  const cells = listed ?? choiceNames.filter((name) => columns.has(name)).map((name) => columns.get(name));
  if (cells.length === 0) return null;
  const choices = cells.map(scalar);
  if (choices.length > maxChoices)
    throw new RowProblem(`more than ${maxChoices} choices, where A to D are read`);
  return choices.map((choice) => {
    if (choice === null) throw new RowProblem('a choice is no text');
    return oneLine(choice);
  });
}

function lettered(choice: string, i: number): string {
  return `(${String.fromCharCode(65 + i)}) ${choice}`;
}

/** A property of an object's own; undefined for anything inherited. */
function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name) ?? undefined;
}

function scalar(cell: unknown): string | null {
  if (typeof cell === 'string') return cell;
  return typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean'
    ? String(cell)
    : null;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

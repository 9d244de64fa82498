import { type Html, html } from './html.js';

const COMMAND = /(consul-roll [a-z-]+(?: --?[a-z-]+(?: [^\s,;]+)?)*)/;
/** Ids of AWS, which no line should break. */
const ID = /\b((?:i|ami|lt|subnet)-[0-9a-f]{8,17})\b/;

/** A sentence with the commands in it told apart, the ids kept whole, and its first letter in upper case. */
export function sentence(text: string): readonly Html[] {
  return text.split(COMMAND).flatMap((part, index) => {
    if (index % 2 === 1) return [html`<code>${unbroken(part)}</code>`];
    return marked(index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part);
  });
}

/** A text with the ids in it kept whole. */
export function marked(text: string): readonly Html[] {
  return text.split(ID).map((part, index) => (index % 2 === 1 ? id(part) : html`${part}`));
}

/** An id, in letters that are easy to compare. */
export function id(text: string | undefined): Html {
  return html`<span class="id">${text}</span>`;
}

/** Words that a line may end between, and not within: `--cluster` has two places where it otherwise would. */
function unbroken(command: string): readonly Html[] {
  return command.split(' ').map((word, index) => html`${index > 0 && ' '}<span class="word">${word}</span>`);
}

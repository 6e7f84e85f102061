// Who answers a customer, in words.

const me = document.body.dataset.me;

/**
 * @param {{side: string, holder: string, holderName: string}} row  `holder` is the id of a person of the desk, or ''
 * @returns {{kind: 'bot'|'you'|'other'|'nobody', text: string, title: string}}
 */
export function holderOf(row) {
  if (row.side === 'Bot') return { kind: 'bot', text: 'Bot', title: 'The bot answers' };
  if (row.holder === me) return { kind: 'you', text: 'You', title: 'You answer' };
  if (!row.holderName) return { kind: 'nobody', text: 'Nobody yet', title: 'No agent has taken it over yet' };
  const text = row.holder ? `${row.holderName} (agent)` : row.holderName;
  return { kind: 'other', text, title: `${row.holderName} answers` };
}

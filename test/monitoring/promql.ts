/** What an expression of PromQL asks for: enough of the language for rules and dashboards, and nothing is evaluated. */
export interface Selector {
  metric: string;
  matchers: { label: string; operator: string; value: string }[];
}

export interface Asked {
  selectors: Selector[];
  /** Labels that results are grouped or joined by. */
  groupings: string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[A-Za-z_:][A-Za-z0-9_:]*|\[[^\]]*\]|[0-9.]+[a-z]*|=~|!~|!=|==|>=|<=|[^\s]/g;
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'atan2', 'inf', 'nan']);

export function readPromql(expression: string): Asked {
  const tokens: string[] = expression.match(TOKEN) ?? [];
  const asked: Asked = { selectors: [], groupings: [] };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    if (!/^[A-Za-z_:]/.test(token) || WORDS.has(token.toLowerCase())) continue;
    if (GROUPING.has(token)) {
      const end = tokens.indexOf(')', i);
      asked.groupings.push(...tokens.slice(i + 2, end).filter((word) => word !== ','));
      i = end;
    } else if (tokens[i + 1] === '{') {
      const end = tokens.indexOf('}', i);
      asked.selectors.push({ metric: token, matchers: matchersIn(tokens.slice(i + 2, end)) });
      i = end;
    } else if (tokens[i + 1] !== '(' && !GROUPING.has(tokens[i + 1] ?? '')) {
      asked.selectors.push({ metric: token, matchers: [] });
    }
  }
  return asked;
}

function matchersIn(tokens: string[]): Selector['matchers'] {
  const words = tokens.filter((token) => token !== ',');
  const matchers: Selector['matchers'] = [];
  while (words.length > 0) {
    const [label = '', operator = '', value = ''] = words.splice(0, 3);
    matchers.push({ label, operator, value: JSON.parse(value) as string });
  }
  return matchers;
}

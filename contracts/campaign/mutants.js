// Mutants of a Solidity source: each lacks one check, one modifier or one write. Found in the compiler's own syntax tree, so that nothing
// is missed for how it is laid out.

/** A place of a source and what stands there instead; `kind` groups them in the table. */
const mutant = (kind, node, text) => {
  const [start, length] = node.src.split(':').map(Number);
  return { kind, start, end: start + length, text };
};

const isNode = (value) => typeof value === 'object' && value !== null && typeof value.nodeType === 'string';

/** Every node below, and itself; parents first. */
function* walk(node) {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

/** Variables that live in storage: the contracts' own, and pointers to them. */
export function stored(units) {
  const ids = new Set();
  for (const unit of units) {
    for (const node of walk(unit)) {
      if (node.nodeType !== 'VariableDeclaration') continue;
      if (node.stateVariable || node.storageLocation === 'storage') ids.add(node.id);
    }
  }
  return ids;
}

/** Whether an expression on the left of `=` leads into storage. */
function leads(expression, ids) {
  const { nodeType } = expression;
  if (nodeType === 'Identifier') return ids.has(expression.referencedDeclaration);
  if (nodeType === 'MemberAccess') return leads(expression.expression, ids);
  return nodeType === 'IndexAccess' && leads(expression.baseExpression, ids);
}

const GONE = '{}';

/** The mutants of one source, without those of other files it imports. */
export function mutantsOf(unit, text, ids) {
  const found = [];
  const add = (...args) => found.push(mutant(...args));
  const source = (node) => {
    const [start, length] = node.src.split(':').map(Number);
    return text.slice(start, start + length);
  };
  for (const node of walk(unit)) {
    switch (node.nodeType) {
      case 'RevertStatement':
        add('refusal', node, GONE);
        break;
      case 'ModifierInvocation':
        // Of constructors these are what contracts inherit from.
        if (node.kind === 'modifierInvocation') add('modifier', node, '');
        break;
      case 'Return':
        // An early way out, and an early no.
        if (!node.expression) add('early end', node, GONE);
        break;
      case 'IfStatement':
        if (node.trueBody.nodeType === 'Return' && source(node.trueBody) === 'return false') add('refusal', node.condition, evaluated(node.condition, source));
        break;
      case 'BinaryOperation':
        if (node.operator !== '||' && node.operator !== '&&') break;
        for (const side of [node.leftExpression, node.rightExpression]) {
          // Of a chain each link once.
          if (side.operator !== node.operator) add('part of a condition', side, node.operator === '||' ? 'false' : 'true');
        }
        break;
      case 'UnaryOperation':
        if (['++', '--', 'delete'].includes(node.operator) && leads(node.subExpression, ids)) add('write', node, source(node.subExpression));
        break;
      case 'ExpressionStatement': {
        const { expression } = node;
        if (expression.nodeType === 'Assignment' && leads(expression.leftHandSide, ids)) add('write', node, GONE);
        if (expression.nodeType === 'Assignment' && expression.operator === '+=' && expression.rightHandSide.nodeType === 'FunctionCall') add('call', node, GONE);
        if (expression.nodeType === 'FunctionCall') add('call', node, GONE);
        break;
      }
      case 'YulExpressionStatement':
        if (node.expression.functionName?.name === 'revert') add('refusal', node, GONE);
        break;
      case 'YulFunctionCall':
        if (node.functionName.name !== 'and') break;
        for (const [i, side] of node.arguments.entries()) {
          // A mask is arithmetic.
          if (side.nodeType !== 'YulLiteral') add('part of a condition', node, source(node.arguments[1 - i]));
        }
        break;
    }
  }
  return found;
}

/** What never refuses, but is worked out all the same if it does something. */
function evaluated(condition, source) {
  return /\(/.test(source(condition)) ? `(${source(condition)}) && false` : 'false';
}

/** The source with the mutant in it. A statement's semicolon goes with it. */
export function applied(text, { start, end, text: instead }) {
  const rest = text.slice(end);
  return text.slice(0, start) + instead + (instead === GONE ? rest.replace(/^;/, '') : rest);
}

/** The line it is on, from 1, and what it was. */
export function described(text, { kind, start, end }) {
  const line = text.slice(0, start).split('\n').length;
  return { kind, line, at: start, was: text.slice(start, end).replace(/\s+/g, ' ') };
}

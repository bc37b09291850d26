// What the page of GraphQL questions says.
export const heading = 'GraphQL'
export const question = 'Question'
export const variables = 'Variables, as JSON'
export const run = 'Ask'
export const running = 'Asking…'
export const answer = 'Answer'
export const nothing = 'Ctrl+Enter asks. The answer is shown here.'
export const badVariables = 'The variables are not JSON'
export const history = 'Asked before'
export const noHistory = 'Nothing was asked yet in this browser.'
export const forget = 'Forget them'
export const docs = 'Schema'
export const find = 'Find a type or a field'
export const roots = { Query: 'What can be read', Mutation: 'What can be changed' } as const
export const noDocs = 'Nothing of this name.'
export const moreFound = (n: number, of: number) => `${n} of ${of} are listed: write more letters.`
export const took = (ms: number) => `${ms} ms`
export const values = 'values'
export const isOne = 'is one of'

// ESLint's rules: the type-aware ones of typescript-eslint, and the house's own as errors. Run: eslint -c config/eslint.config.mjs .
import tseslint from 'typescript-eslint'

/** Where time, chance and the machine are arguments. */
const TIMELESS = ['runtime/plan/**', 'runtime/metrics/**', 'runtime/schedule/**', 'runtime/coordinator/**', 'bindings/sdk/**']
const CLOCK = 'bindings/sdk/clock.ts'
/** Code that runs inside the sandbox: its timers and its Math.random are the sandbox's own. */
const GUEST = ['bindings/sdk/guest.ts', 'bindings/*/guest.ts', 'bindings/core/globals/**', 'scripts/**']

const CLOCK_GLOBALS = ['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'process']
const timeless = CLOCK_GLOBALS.map((name) => ({ name, message: 'Time, chance and the machine are arguments here: take a Clock.' }))

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '**/*.d.ts', 'test/vectors/**', '.chopsticks/**'] },
  {
    files: ['runtime/**/*.ts', 'bindings/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-console': 'error',
      'eqeqeq': 'error',
      'prefer-const': 'error',
      'max-len': ['error', { code: 140, ignoreUrls: true }],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true, IIFEs: true }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'anywhere' }],
      'no-restricted-syntax': ['error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: a thing has one name.' },
        { selector: 'TSEnumDeclaration', message: 'A const object or a union says it without code of its own.' },
      ],
    },
  },
  {
    files: TIMELESS,
    ignores: [CLOCK, ...GUEST],
    rules: {
      'no-restricted-globals': ['error', ...timeless],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Every random choice follows from the seed.' }],
      'no-restricted-imports': ['error', { patterns: [{ regex: '^node:(?!assert)', message: 'I/O is an argument here.' }] }],
    },
  },
  {
    // Only main ends the process; what is asked of others is an exit code.
    files: ['runtime/**/*.ts', 'bindings/**/*.ts'],
    ignores: ['runtime/cli/main.ts', ...GUEST],
    rules: {
      'no-restricted-properties': ['error',
        { object: 'process', property: 'exit', message: 'Only runtime/cli/main.ts ends the process.' },
        { object: 'Math', property: 'random', message: 'Every random choice follows from the seed.' },
      ],
    },
  },
  {
    files: GUEST,
    rules: {
      'no-console': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    // The chart library's names for its enumerations are types alone: their numbers have to be written.
    files: ['runtime/output/report/page/**'],
    rules: { '@typescript-eslint/no-unsafe-enum-assignment': 'off' },
  },
  {
    // A suite is one function around its tests, and chai's assertions are expressions.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
)

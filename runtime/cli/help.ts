// The words of --help.
import type { OptionName } from '../plan/options.ts'

const LOAD = 'Load:'
const STORE = 'Store:'
const PHASES = 'Phases:'
const SUMMARY = 'Judgement and summary:'
const COMPARISON = 'Comparison:'
const SCRIPT = 'Script and sandbox:'
const LOG = 'Screen and log:'

/** The headings as they follow each other. */
export const HEADING_ORDER: readonly string[] = [LOAD, STORE, SCRIPT, PHASES, SUMMARY, COMPARISON, LOG]

/** Below which heading an option stands. */
export const HEADINGS: Readonly<Record<OptionName, string>> = {
  vus: LOAD, duration: LOAD, iterations: LOAD, stages: LOAD, scenarios: LOAD, minIterationDuration: LOAD, until: LOAD,
  seed: LOAD, shards: LOAD,
  config: STORE, target: STORE, driver: STORE, prefix: STORE, verify: STORE, noCleanup: STORE, cleanupTimeout: STORE,
  setupTimeout: PHASES, teardownTimeout: PHASES, handleSummaryTimeout: PHASES, noSetup: PHASES, noTeardown: PHASES,
  thresholds: SUMMARY, noThresholds: SUMMARY, summaryMode: SUMMARY, summaryTrendStats: SUMMARY, summaryTimeUnit: SUMMARY,
  summaryExport: SUMMARY, report: SUMMARY, opLog: SUMMARY, out: SUMMARY, results: SUMMARY, keepRuns: SUMMARY, tags: SUMMARY,
  baseline: COMPARISON, requireBaseline: COMPARISON, updateBaseline: COMPARISON, failOn: COMPARISON, across: COMPARISON, by: COMPARISON,
  tolerance: COMPARISON, bisect: COMPARISON,
  env: SCRIPT, allowRead: SCRIPT, vuMemoryLimit: SCRIPT, vuSliceLimit: SCRIPT,
  quiet: LOG, verbose: LOG, noColor: LOG, logFormat: LOG, logOutput: LOG, debugRequests: STORE,
}

export const TEXTS = {
  program: 'Stress-tests Ceph and whatever speaks its protocols, with scenario scripts in JavaScript or TypeScript.',
  after: `
Examples:
  chopsticks scenarios                        lists the ready scenarios: chopsticks run s3-small-objects runs one
  chopsticks new                              writes a script to start from
  chopsticks script.ts                        runs it; without a store named, against a built-in one
  chopsticks script.ts --vus 50 --duration 5m
  chopsticks script.ts -c targets.yaml --target west
  chopsticks script.ts --driver native,aws-sdk,s5cmd    runs it once with each, and prints all in one table
  chopsticks run --help                       all flags`,
  run: 'Runs a script: the default, so that its name may be left out.',
  runAfter: `
Options are taken, later ones winning, from: defaults, options: in the config file, the script's own options, the environment
(CHOPSTICKS_...), flags. A store is used only when it is named, in the config file or by AWS_ENDPOINT_URL; else the built-in one is.

Exit codes:
    0  it ran and all thresholds held          107  the script threw in init code, setup, teardown, handleSummary
   99  a threshold failed, or nothing was      108  the script called test.abort()
       measured                                110  the script called test.fail()
  100  setup took too long                     111  the store can't be used: unreachable, refused keys, no bucket
  101  teardown took too long                  112  a process of the run was lost
  102  something else took too long            113  a bug in chopsticks
  104  options, config or an output is wrong   255  an unknown flag, a missing script
  105  stopped by a signal                     114  not comparable, or no baseline where one is required`,
  script: 'A .js or .ts file, or the name of a ready scenario; - reads the script from standard input.',
  inspect: 'Prints the plan a script and flags make, as JSON, and runs nothing.',
  serve: 'Serves a workload\'s built-in store by itself, in memory, until it is stopped.',
  serveAfter: `
Examples:
  chopsticks serve s3 --bucket bench
  chopsticks serve s3 --delay 5ms-20ms --error-rate 0.01 --cut-rate 0.001 --cut-by rst`,
  new: 'Writes a script to start from, a chopsticks.yaml for where the storage is, and the line that keeps it out of git.',
  cleanup: 'Deletes what a killed run left in the store: everything below its own prefix, chopsticks-RUN/, old versions and open uploads '
    + 'too, and nothing else. Name the store as the run did.',
  doctor: 'Looks at this machine and at the store a run would use, and says what to do about what it finds.',
  doctorAfter: `
Looked at: name, TCP, TLS, clock, keys, bucket, each operation on objects of its own (deleted again); cores, memory, open files,
ports, for --vus VUs. Exit codes: 0 all is well, or there are warnings; 111 the store can't be used; 104 the config is wrong.

Examples:
  chopsticks doctor
  chopsticks doctor west -c targets.yaml --vus 500`,
  calibrate: 'Measures what the generator itself can do on this machine, in half a minute, and keeps it for the summaries of later runs.',
  calibrateAfter: `
Measured against built-in stores, in one shard: an empty iteration, and reads of 4 KiB and 1 MiB with each S3 driver that works within
the generator's process. Kept in calibration.json beside the runs (./.chopsticks/runs, --results DIR; none: only printed).`,
  scenarios: 'Lists the ready scenarios that run by name, what each is for, and the variables it takes by -e.',
  scenariosAfter: `
A file of the same name in the working folder goes before a scenario. To change one, copy it from the package's scripts/.

Examples:
  chopsticks scenarios s3-large-objects
  chopsticks run s3-large-objects -e SIZE=256MiB --vus 16 --duration 10m`,
  completion: 'Prints a script that lets a shell complete commands, flags, their values and names of targets.',
  completionAfter: `
To have it in every shell:
  echo 'source <(chopsticks completion bash)' >> ~/.bashrc
  echo 'source <(chopsticks completion zsh)' >> ~/.zshrc       (after compinit)
  chopsticks completion fish > ~/.config/fish/completions/chopsticks.fish`,
  compare: 'Compares two kept runs, operation by operation: what is better, worse, or the same within noise, and how sure '
    + 'that is.',
  compareAfter: `
A is what it was, B what it is now; with --baseline, A is the baseline and B the one run that is named. A run is named as by
chopsticks runs (its name, the beginning of it, last), or by the file --baseline FILE kept it in. Rows are corrected for their
number: of comparisons of like systems at most one in 20 finds anything. Exit codes: 0 compared, 99 --fail-on was crossed, 114
not comparable, 104 a file can't be read.

Examples:
  chopsticks compare before.run after.run --fail-on worse:5%
  chopsticks compare native.run s5cmd.run --across load --json`,
  ab: 'Runs two scripts, or one script on two targets or with two drivers, in turn, several times, and compares the two.',
  abAfter: `
Runs go A B, B A, A B, …: what drifts meanwhile hits both alike. A change must be more than runs of one side differ by.

Examples:
  chopsticks ab old.ts new.ts --repeat 5
  chopsticks ab script.ts --target east,west --repeat 5 --duration 1m`,
  runs: 'Lists the runs that are kept, the latest first.',
  show: 'Prints a kept run: its summary, the machine, the slowest operations, outages.',
  report: 'Writes a kept run as one HTML page: verdict, tables, charts. It needs nothing else and asks for nothing.',
  slowest: 'Prints the slowest operations of a kept run: from its op log where it wrote one, else the hundred its record has.',
  query: 'Asks all kept runs in SQL, with DuckDB where it is installed (npm install @duckdb/node-api).',
  queryAfter: `
Tables:
  runs        one row a run: run, startedAt, loadStartedAt, script, verdict, complete, seed, target, shards, measuredMs, tags, host,
              versions, path
  series      one row a second and series: run, startMs, lengthMs, metric, type, op, scenario, tags, value, count, sum, min, max,
              p50, p90, p95, p99, p99_9
  slowest     the slowest operations of each run: run, workload, op, startMs, durationMs, code, key, endpoint, requestId, ...
  operations  every operation of the runs that wrote an op log: run, and the log's keys (config/op-log.md)

Examples:
  chopsticks query "select run, script, verdict from runs order by startedAt desc limit 5"
  chopsticks query "select run, op, max(p99) from series where metric = 's3_req_duration' group by all"
  chopsticks query --json "select tags->>'code' as code, sum(count) from series where metric = 's3_reqs' group by all"`,
  rerun: 'Runs a kept run again: the same script, plan, seed and arrivals, under a name and prefix of its own.',
  delete: 'Deletes kept runs; what they left in a store is cleanup\'s.',
  export: 'Writes a kept run to one file.',
  import: 'Puts an exported run among those kept here.',
  kept: 'Its name, the beginning of it, last, or the path of its folder.',
  version: 'Prints the version.',
} as const

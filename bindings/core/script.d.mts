// What an editor needs beside a script: `/// <reference types="chopsticks-ceph/script" />` at its top, with chopsticks-ceph installed.
/// <reference path="./ambient.d.ts" />

declare module 'chopsticks' { export * from 'chopsticks-ceph' }
declare module 'chopsticks/data' { export * from 'chopsticks-ceph/data' }
declare module 'chopsticks/execution' { export * from 'chopsticks-ceph/execution'; export { default } from 'chopsticks-ceph/execution' }
declare module 'chopsticks/metrics' { export * from 'chopsticks-ceph/metrics' }
declare module 'chopsticks/s3' { export * from 'chopsticks-ceph/s3'; export { default } from 'chopsticks-ceph/s3' }
declare module 'k6' { export * from 'chopsticks-ceph' }
declare module 'k6/data' { export * from 'chopsticks-ceph/data' }
declare module 'k6/execution' { export * from 'chopsticks-ceph/execution'; export { default } from 'chopsticks-ceph/execution' }
declare module 'k6/metrics' { export * from 'chopsticks-ceph/metrics' }

// `driver_config` of S3's drivers, as of every workload's.
export { DriverConfigError, openedConfig as opened, refuseUnknown } from '../sdk/driver-config.ts'

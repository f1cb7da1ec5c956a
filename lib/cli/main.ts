#!/usr/bin/env node
// The door of the command line. Sets the exit code and lets the process end by itself, so that output in
// a pipe is not cut off.
import { runProgram } from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2));

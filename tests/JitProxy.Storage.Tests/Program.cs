using JitProxy.Storage.Tests.Audit;

// The test runner does not come through here: a test starts this program to kill it.
return args is [AuditChild.Verb, var path] ? AuditChild.Run(path) : 2;

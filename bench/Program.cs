using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using JitProxy.Bench;

// In this process: BenchmarkDotNet would otherwise build a project of its own for every job, under this repository's rules for sources.
// Without a choice: every class, in a short run. BenchmarkDotNet would ask which class, and a script has nobody to answer.
string[] always =
[
    "--inProcess",
    .. args.Any(static a => a is "--job" or "-j") ? Array.Empty<string>() : ["--job", "Short"],
    .. args.Any(static a => a is "--filter" or "-f" or "--list" or "--help") ? Array.Empty<string>() : ["--filter", "*"],
];
var config = DefaultConfig.Instance.WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
BenchmarkSwitcher.FromAssembly(typeof(Corpus).Assembly).Run([.. args, .. always], config);

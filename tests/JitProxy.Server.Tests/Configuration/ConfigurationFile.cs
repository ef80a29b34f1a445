using JitProxy.Server.Configuration;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>A configuration in a directory of its own.</summary>
internal sealed class ConfigurationFile : IDisposable
{
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    public ConfigurationFile(string text)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("jitproxy-configuration-").FullName;
        Write("jitproxy.yaml", text);
    }

    public string Directory { get; }

    public string FilePath => Path.Combine(Directory, "jitproxy.yaml");

    public ConfigurationFile Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(Directory, name), text);
        return this;
    }

    public ConfigurationFile With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    public ProxyConfiguration Load()
    {
        var loaded = ConfigurationLoader.TryLoad(FilePath, _variables.GetValueOrDefault, out var configuration, out var faults);
        return loaded ? configuration! : throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
    }

    public IReadOnlyList<ConfigurationFault> Faults()
    {
        var loaded = ConfigurationLoader.TryLoad(FilePath, _variables.GetValueOrDefault, out var configuration, out var faults);
        return loaded == (configuration is not null) && loaded == (faults.Count == 0)
            ? faults
            : throw new InvalidOperationException("The answer, the configuration and the faults contradict each other.");
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

namespace JitProxy.Server.Configuration;

/// <summary>Keys of one mapping, taken one by one; what was not asked for is unknown.</summary>
internal sealed class Section(MappingNode node, string name, FaultList faults)
{
    private readonly List<string> _known = [];

    /// <summary>The mapping.</summary>
    public MappingNode Node => node;

    /// <summary>What the section is called in faults.</summary>
    public string Name => name;

    /// <summary>The value of a key; null when it is absent or empty.</summary>
    public ConfigurationNode? Find(string key)
    {
        _known.Add(key);
        foreach (var (found, value) in node.Entries)
        {
            if (found.Text == key)
                return value is ScalarNode { IsNull: true } ? null : value;
        }

        return null;
    }

    /// <summary>The value of a key that must be there.</summary>
    public ConfigurationNode? Require(string key)
    {
        var value = Find(key);
        if (value is null)
            faults.Add(node, $"{name} has no \"{key}\"");

        return value;
    }

    /// <summary>Notes every key that nobody asked for.</summary>
    public void Close()
    {
        foreach (var (key, _) in node.Entries)
        {
            if (!_known.Contains(key.Text))
                faults.Add(key, $"unknown key \"{key.Raw}\" in {name}; {Reading.Suggest(key.Text, _known)}");
        }
    }
}

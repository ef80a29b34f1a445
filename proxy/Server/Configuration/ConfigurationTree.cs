// From YAML text to nodes with places. YamlDotNet's own tree stops at the first duplicate key and loses the style of a
// value; its parser events have both, so the tree is built from them.
using System.Collections.Immutable;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace JitProxy.Server.Configuration;

/// <summary>Reads the node tree of one file.</summary>
internal sealed class ConfigurationTree
{
    // No configuration nests deeper than ten; a bound keeps a strange file from using the stack up.
    private const int DepthMax = 32;

    private readonly Parser _parser;
    private readonly FaultList _faults;
    private readonly Func<string, string?> _environment;
    private readonly Dictionary<string, ConfigurationNode> _anchors = new(StringComparer.Ordinal);

    private ConfigurationTree(string text, FaultList faults, Func<string, string?> environment) =>
        (_parser, _faults, _environment) = (new Parser(new StringReader(text)), faults, environment);

    /// <summary>The tree; null when the text is no YAML or holds nothing. Faults go to <paramref name="faults"/>.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="faults">Where faults go.</param>
    /// <param name="environment">Gives the value of an environment variable, or null.</param>
    public static MappingNode? Read(string text, FaultList faults, Func<string, string?> environment)
    {
        var tree = new ConfigurationTree(text, faults, environment);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException e)
        {
            faults.Add(Math.Max(1, e.Start.Line), Math.Max(1, e.Start.Column), $"not YAML: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException or FormatException)
        {
            // The scanner meets some texts without words for what is wrong; what it read last is near the place.
            var near = tree._parser.Current?.End;
            faults.Add(near?.Line ?? 1, near?.Column ?? 1, "not YAML here or a little further on");
        }

        return null;
    }

    private MappingNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _faults.Add(1, 1, "the file is empty");
            return null;
        }

        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _faults.Add(second.Start.Line, second.Start.Column, "one file holds one document; remove what follows \"---\"");

        if (root is MappingNode mapping)
            return mapping;

        _faults.Add(root, root is ScalarNode { IsNull: true } ? "the file is empty" : "the file must hold keys and values");
        return null;
    }

    private ConfigurationNode ReadNode(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (_anchors.TryGetValue(alias.Value.Value, out var known))
                return known;

            throw new YamlException(alias.Start, alias.End, $"the anchor *{alias.Value.Value} is not defined before this place");
        }

        if (_parser.Accept<NodeEvent>(out var next) && depth > DepthMax)
            throw new YamlException(next.Start, next.End, $"more than {DepthMax} levels");

        var anchor = next?.Anchor ?? default;
        ConfigurationNode node = next switch
        {
            MappingStart => ReadMapping(depth),
            SequenceStart => ReadSequence(depth),
            _ => ReadScalar(),
        };
        if (!anchor.IsEmpty)
            _anchors[anchor.Value] = node;

        return node;
    }

    private MappingNode ReadMapping(int depth)
    {
        var start = _parser.Consume<MappingStart>().Start;
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<ScalarNode, ConfigurationNode>>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadNode(depth + 1) is not ScalarNode key)
                throw new YamlException(start, start, "a key must be a plain name");

            var value = ReadNode(depth + 1);
            if (lines.TryAdd(key.Text, key.Line))
                entries.Add(new(key, value));
            else
                _faults.Add(key, $"duplicate key \"{key.Raw}\"; it is already in line {lines[key.Text]}");
        }

        return new((int)start.Line, (int)start.Column, entries.ToImmutable());
    }

    private SequenceNode ReadSequence(int depth)
    {
        var start = _parser.Consume<SequenceStart>().Start;
        var items = ImmutableArray.CreateBuilder<ConfigurationNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));

        return new((int)start.Line, (int)start.Column, items.ToImmutable());
    }

    private ScalarNode ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        var node = new ScalarNode((int)scalar.Start.Line, (int)scalar.Start.Column, scalar.Value, scalar.Value, (int)scalar.Start.Index, scalar.Style);
        return node.Raw.Contains("${", StringComparison.Ordinal) ? Expand(node) : node;
    }

    // ${NAME} is the variable, $${ is the two characters.
    private ScalarNode Expand(ScalarNode node)
    {
        var text = new StringBuilder();
        var isFaulty = false;
        var rest = node.Raw.AsSpan();
        while (rest.IndexOf("${", StringComparison.Ordinal) is var at && at >= 0)
        {
            if (at > 0 && rest[at - 1] == '$')
            {
                text.Append(rest[..at]).Append('{');
                rest = rest[(at + 2)..];
                continue;
            }

            text.Append(rest[..at]);
            rest = rest[(at + 2)..];
            var end = rest.IndexOf('}');
            var name = end < 0 ? "" : rest[..end].ToString();
            if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                _faults.Add(node, "\"${\" starts the name of an environment variable, as in ${NAME}; write \"$${\" for the two characters");
                return node with { IsFaulty = true };
            }

            rest = rest[(end + 1)..];
            if (_environment(name) is { } value)
            {
                text.Append(value);
                continue;
            }

            _faults.Add(node, $"the environment variable {name} is not set");
            isFaulty = true;
        }

        return node with { Text = text.Append(rest).ToString(), IsFaulty = isFaulty };
    }
}

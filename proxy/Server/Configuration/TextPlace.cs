using YamlDotNet.Core;

namespace JitProxy.Server.Configuration;

/// <summary>Finds the place in the file of a character inside a value.</summary>
internal static class TextPlace
{
    /// <summary>Line and column of the value's character <paramref name="offset"/>, from 1.</summary>
    /// <remarks>
    /// Walks the file and the value side by side: quotes and escapes are more characters in the file, a folded line break with
    /// its indentation is one blank in the value. Where a variable was replaced, the place is that of the value's start.
    /// </remarks>
    public static (int Line, int Column) Find(string text, ScalarNode node, int offset)
    {
        if (node.Text != node.Raw || node.Index >= text.Length)
            return (node.Line, node.Column);

        var at = Start(text, node);
        for (var passed = 0; passed < offset && passed < node.Raw.Length && at < text.Length; passed++)
        {
            if (text[at] is '\n' or '\r' || (text[at] == ' ' && node.Raw[passed] == '\n'))
            {
                while (at < text.Length && char.IsWhiteSpace(text[at]))
                    at++;

                while (passed + 1 < node.Raw.Length && char.IsWhiteSpace(node.Raw[passed + 1]) && passed + 1 < offset)
                    passed++;

                continue;
            }

            at += node.Style switch
            {
                ScalarStyle.DoubleQuoted when text[at] == '\\' => 2,
                ScalarStyle.SingleQuoted when text[at] == '\'' => 2,
                _ => 1,
            };
        }

        return Place(text, Math.Min(at, text.Length));
    }

    private static int Start(string text, ScalarNode node)
    {
        if (node.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted)
            return node.Index + 1;

        if (node.Style is not (ScalarStyle.Literal or ScalarStyle.Folded))
            return node.Index;

        // A block starts on the line after its `|` or `>`.
        var start = text.IndexOf('\n', node.Index);
        start = start < 0 ? text.Length : start;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
            start++;

        return start;
    }

    private static (int Line, int Column) Place(string text, int at)
    {
        var before = text.AsSpan(0, at);
        return (before.Count('\n') + 1, at - before.LastIndexOf('\n'));
    }
}

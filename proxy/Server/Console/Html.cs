// Markup that encodes by itself: what stands in the source is markup, what stands in a hole is text.
using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using JitProxy.Server.Cli;

namespace JitProxy.Server.Console;

/// <summary>Markup, safe to send. The only ways to make some are a literal of the source and text that was encoded.</summary>
internal readonly struct Html : IEquatable<Html>
{
    private static readonly SearchValues<char> Special = SearchValues.Create("&<>\"'\0");

    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html Nothing => default;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(_text);

    /// <summary>
    /// Markup with holes. Text in a hole is encoded, and control and invisible characters in it become visible, as <c>&lt;U+202E&gt;</c>; markup in a
    /// hole stays. An attribute's value stands in double quotes.
    /// </summary>
    public static Html Of([InterpolatedStringHandlerArgument] ref Markup markup) => new(markup.ToStringAndClear());

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(static p => p._text)));

    /// <summary>One for each, or nothing if there is none.</summary>
    public static Html Each<T>(IEnumerable<T> items, Func<T, Html> make) => Join(items.Select(make));

    /// <summary>Exactly this text, for the value of a form's field: what is sent back must be what was there.</summary>
    public static Html Exact(string? text)
    {
        var output = new StringBuilder(text?.Length ?? 0);
        Encode(output, text);
        return new(output.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    /// <inheritdoc/>
    public bool Equals(Html other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Html other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static void Encode(StringBuilder output, ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Special) is var at and >= 0)
        {
            output.Append(text[..at]).Append(text[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",

                // Not to be had in a page in any writing.
                _ => "&#xFFFD;",
            });
            text = text[(at + 1)..];
        }

        output.Append(text);
    }

    /// <summary>What <see cref="Of"/> is made from.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly StringBuilder _output;

        /// <summary>Called by the compiler.</summary>
        public Markup(int literalLength, int formattedCount) => _output = new(literalLength + (16 * formattedCount));

        /// <summary>Markup of the source.</summary>
        public void AppendLiteral(string literal) => _output.Append(literal);

        /// <summary>Markup.</summary>
        public void AppendFormatted(Html html) => _output.Append(html._text);

        /// <summary>Text.</summary>
        public void AppendFormatted(string? text) => Encode(_output, PlainText.Visible(text ?? ""));

        /// <summary>A number.</summary>
        public void AppendFormatted(long number) => _output.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>A number.</summary>
        public void AppendFormatted(long? number) => _output.Append(number?.ToString(CultureInfo.InvariantCulture));

        /// <summary>What was made.</summary>
        public string ToStringAndClear() => _output.ToString();
    }
}

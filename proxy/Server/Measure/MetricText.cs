using System.Globalization;
using System.Text;

namespace JitProxy.Server.Measure;

/// <summary>Writes metrics in the text format of Prometheus (0.0.4), which OpenMetrics readers take as well.</summary>
internal sealed class MetricText
{
    private readonly StringBuilder _text = new();
    private string _family = "";

    /// <summary>Begins a family.</summary>
    /// <param name="name">Its name: a counter's ends with <c>_total</c>.</param>
    /// <param name="kind">`counter`, `gauge` or `histogram`.</param>
    /// <param name="help">What it is, in one line.</param>
    public MetricText Family(string name, string kind, string help)
    {
        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        return this;
    }

    /// <summary>A value of the family.</summary>
    public MetricText Value(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Value("", value, labels);

    /// <summary>A value of the family under its name with an ending, as histograms have.</summary>
    public MetricText Value(string ending, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_family).Append(ending);
        for (var index = 0; index < labels.Length; index++)
        {
            _text.Append(index == 0 ? '{' : ',').Append(labels[index].Name).Append("=\"").Append(Escape(labels[index].Value)).Append('"');
        }

        if (!labels.IsEmpty)
            _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>A number as the format has it.</summary>
    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

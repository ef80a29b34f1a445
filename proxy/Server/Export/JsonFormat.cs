using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using JitProxy.Server.Results;

namespace JitProxy.Server.Export;

/// <summary>One array of objects, an object a row. Numbers keep all their digits, booleans and JSON values are what they are, and NULL is null.</summary>
/// <remarks>NaN and the infinities, which JSON does not have, are texts; so are bytes (hexadecimal digits) and times.</remarks>
internal sealed class JsonFormat(ImmutableArray<ResultField> fields, ExportBuffer output) : RowFormat
{
    private const int DepthMax = 1000;

    // The file is no part of a web page, so only what JSON needs is escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ImmutableArray<JsonEncodedText> _names = [.. UniqueNames(fields).Select(static name => JsonEncodedText.Encode(name, Options.Encoder))];
    private readonly Utf8JsonWriter _writer = new(Stream.Null, Options);
    private bool _hasRows;

    /// <inheritdoc/>
    public override ValueTask<string?> BeginAsync()
    {
        output.Write("["u8);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<string?> AddAsync(ResultRow row)
    {
        output.Write(_hasRows ? ",\n"u8 : "\n"u8);
        _hasRows = true;
        _writer.Reset((System.Buffers.IBufferWriter<byte>)output);
        _writer.WriteStartObject();
        for (var i = 0; i < row.Count; i++)
        {
            _writer.WritePropertyName(_names[i]);
            if (row.IsNull(i))
                _writer.WriteNullValue();
            else
                WriteValue(row, i);
        }

        _writer.WriteEndObject();
        _writer.Flush();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync()
    {
        output.Write("\n]\n"u8);
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await base.DisposeAsync();
    }

    private void WriteValue(ResultRow row, int index)
    {
        var value = row[index];
        switch (fields[index].Kind)
        {
            case ValueKind.Integer or ValueKind.Decimal or ValueKind.Float when NumberText.TryRead(value, out var number):
                _writer.WriteRawValue(number, skipInputValidation: true);
                break;
            case ValueKind.Boolean:
                _writer.WriteBooleanValue(value.SequenceEqual("t"u8));
                break;
            case ValueKind.Json when IsJson(value):
                _writer.WriteRawValue(value, skipInputValidation: true);
                break;
            case ValueKind.Bytes:
                _writer.WriteStringValue(row.TextOf(index, ValueKind.Bytes));
                break;
            default:
                // A text that is not UTF-8 cannot be one in JSON.
                if (Utf8.IsValid(value))
                    _writer.WriteStringValue(value);
                else
                    _writer.WriteStringValue(row.TextOf(index, ValueKind.Bytes));

                break;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            while (reader.Read())
            {
                // Reading is all that there is to it.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

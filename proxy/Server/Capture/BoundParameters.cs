using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Capture;

/// <summary>Encodes the parameters of a Bind as the audit trail keeps them: in clear, hashed, or not at all.</summary>
internal sealed class BoundParameters(ParameterPolicy policy, ReadOnlyMemory<byte> hashKey) : IDisposable
{
    private readonly ParameterEncoder _encoder = new(policy, hashKey);

    /// <summary>The encoded values; empty if there are none.</summary>
    public byte[] Encode(in PgBind bind)
    {
        if (bind.Parameters.Count == 0)
            return [];

        _encoder.Clear();
        var index = 0;
        foreach (var parameter in bind.Parameters)
        {
            if (parameter.IsNull)
                _encoder.AddNull();
            else if (bind.ParameterFormats.FormatOf(index) == 0)
                _encoder.AddText(parameter.Bytes);
            else
                _encoder.AddBinary(parameter.Bytes);

            index++;
        }

        return _encoder.Encoded.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();
}

using Org.BouncyCastle.Math.EC.Rfc7748;

namespace JitProxy.Server.Authenticate;

/// <summary>Multiples of the base point of edwards25519 (RFC 8032 section 5.1), in a time that does not depend on the number.</summary>
/// <remarks>
/// The platform has no Ed25519, and BouncyCastle's takes keys of 32 bytes only, where MariaDB takes the password itself. Its arithmetic of the field is
/// public; the curve on top of it is the addition of RFC 8032 section 5.1.4, which holds for doubling as well.
/// </remarks>
internal static class Edwards25519
{
    /// <summary>Size of an encoded point, and of a number, in bytes.</summary>
    public const int Size = 32;

    private const int BitCount = 256;

    // Twice the curve's d, and the base point; little-endian.
    private static readonly int[] TwiceD = Decode("59F1B226949BD6EB56B183829A14E00030D1F3EEF2808E19E7FCDF56DCD90624");
    private static readonly int[] BaseX = Decode("1AD5258F602D56C9B2A7259560C72C695CDCD6FD31E2A4C0FE536ECDD3366921");
    private static readonly int[] BaseY = Decode("5866666666666666666666666666666666666666666666666666666666666666");

    /// <summary>The encoding of a multiple of the base point.</summary>
    /// <param name="scalar">The number, little-endian.</param>
    public static byte[] MultiplyBase(ReadOnlySpan<byte> scalar)
    {
        var point = new Point(BaseX, BaseY);
        var sum = Point.Neutral();
        for (var bit = BitCount - 1; bit >= 0; bit--)
        {
            sum = Add(sum, sum);
            var with = Add(sum, point);
            sum.MoveFrom(with, -((scalar[bit / 8] >> (bit % 8)) & 1));
        }

        return Encode(sum);
    }

    private static Point Add(Point p, Point q)
    {
        var (a, b, c, d, work) = (X25519Field.Create(), X25519Field.Create(), X25519Field.Create(), X25519Field.Create(), X25519Field.Create());
        X25519Field.Sub(p.Y, p.X, a);
        X25519Field.Sub(q.Y, q.X, work);
        X25519Field.Mul(a, work, a);
        X25519Field.Add(p.Y, p.X, b);
        X25519Field.Add(q.Y, q.X, work);
        X25519Field.Mul(b, work, b);
        X25519Field.Mul(p.T, TwiceD, c);
        X25519Field.Mul(c, q.T, c);
        X25519Field.Mul(p.Z, q.Z, d);
        X25519Field.Add(d, d, d);
        X25519Field.Carry(d);

        var (e, f, g, h) = (X25519Field.Create(), X25519Field.Create(), X25519Field.Create(), X25519Field.Create());
        X25519Field.Sub(b, a, e);
        X25519Field.Sub(d, c, f);
        X25519Field.Add(d, c, g);
        X25519Field.Add(b, a, h);
        var sum = Point.Neutral();
        X25519Field.Mul(e, f, sum.X);
        X25519Field.Mul(g, h, sum.Y);
        X25519Field.Mul(e, h, sum.T);
        X25519Field.Mul(f, g, sum.Z);
        return sum;
    }

    private static byte[] Encode(Point point)
    {
        var (inverse, x, y) = (X25519Field.Create(), X25519Field.Create(), X25519Field.Create());
        X25519Field.Inv(point.Z, inverse);
        X25519Field.Mul(point.X, inverse, x);
        X25519Field.Mul(point.Y, inverse, y);
        X25519Field.Normalize(x);
        X25519Field.Normalize(y);
        var encoded = new byte[Size];
        X25519Field.Encode(y, encoded);
        encoded[Size - 1] |= (byte)((x[0] & 1) << 7);
        return encoded;
    }

    private static int[] Decode(string hex)
    {
        var element = X25519Field.Create();
        X25519Field.Decode255(Convert.FromHexString(hex), element);
        return element;
    }

    // Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
    private readonly struct Point
    {
        public readonly int[] X;
        public readonly int[] Y;
        public readonly int[] Z;
        public readonly int[] T;

        public Point(int[] x, int[] y)
        {
            (X, Y, Z, T) = (x, y, X25519Field.Create(), X25519Field.Create());
            X25519Field.One(Z);
            X25519Field.Mul(x, y, T);
        }

        public static Point Neutral()
        {
            var one = X25519Field.Create();
            X25519Field.One(one);
            return new(X25519Field.Create(), one);
        }

        // Takes the other's place if the condition is -1, not if it is 0.
        public void MoveFrom(Point other, int condition)
        {
            X25519Field.CMov(condition, other.X, 0, X, 0);
            X25519Field.CMov(condition, other.Y, 0, Y, 0);
            X25519Field.CMov(condition, other.Z, 0, Z, 0);
            X25519Field.CMov(condition, other.T, 0, T, 0);
        }
    }
}
